//! Documents: what each leaf of a message, or each reading within it, is and where it goes. Their bytes are not stored
//! again: they are (message, position), unpacked when needed.

use super::row::{CHUNK, Columns, PREPARED, list, text_or, us, values};
use super::{StoreError, Tx, View};
use crate::casework::rules::HoldKind;
use crate::casework::{
    AuthorityId, CaseRef, FormId, Format, MeetingId, MessageRef, PanelId, Reading, Redacted, SentRef, Sha256,
};
use crate::seal::{Payload, Place, Sealed};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

id! {
    /// A document: one reading of one leaf of a message.
    DocumentId
}

words! {
    /// What became of a document.
    DocumentState {
        /// It goes with its case.
        Accepted => "accepted",
        /// It waits for a person.
        Held => "held",
        /// It is kept apart: it goes only to people whom somebody names (SY-21).
        SetApart => "set_apart",
        /// A later paper took its place (MC-30).
        Superseded => "superseded",
        /// A person refused it.
        Rejected => "rejected",
        /// Bytes seen or sent before.
        Repeat => "repeat",
        /// A signature's picture, a disclaimer: no paper at all.
        Decoration => "decoration",
    }
}

/// What is personal in a document. Sealed under its message's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentBody {
    /// Its path within the message, e.g. `mail.eml/2/rat.xlsx`.
    pub path: Redacted<String>,
    /// The name it was attached under.
    pub file_name: Option<Redacted<String>>,
    /// What was read.
    pub reading: Option<Reading>,
    /// The date on the form.
    pub dated: Option<Date>,
    /// Known children whose LCS or NHS number stood in the paper when it came, its own child's included.
    pub numbers_of: Vec<CaseRef>,
}

impl Payload for DocumentBody {}

/// A document to be stored.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// The leaf's place in its message, from 1.
    pub position: i64,
    /// The reading's number within the file, 0 for none.
    pub reading: i64,
    /// Of its bytes.
    pub sha256: Sha256,
    /// What the bytes are.
    pub format: Format,
    /// Which label table fits.
    pub form: Option<FormId>,
    /// `assessment`, `screening-tool`, …; `other` where unknown.
    pub what: String,
    /// Whose, where known.
    pub authority: Option<AuthorityId>,
    /// For which panel.
    pub panel: Option<PanelId>,
    /// Whose case, where known.
    pub case: Option<CaseRef>,
    /// The meeting it goes to.
    pub meeting: Option<MeetingId>,
    /// Its message's arrival.
    pub arrived_at: Timestamp,
    /// What became of it.
    pub state: DocumentState,
    /// What is personal in it.
    pub body: DocumentBody,
    /// Marks of the names in its text ([`crate::seal::LookUps::name_marks`]).
    pub name_marks: Vec<u8>,
}

/// A stored document. [`Tx::update_document`] writes `what`, `panel`, `case`, `meeting`, `state` and `superseded_by` back.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// The message it came with.
    pub message: MessageRef,
    /// The leaf's place in its message, from 1.
    pub position: i64,
    /// The reading's number within the file, 0 for none.
    pub reading: i64,
    /// Of its bytes.
    pub sha256: Sha256,
    /// What the bytes are.
    pub format: Format,
    /// Which label table fits.
    pub form: Option<FormId>,
    /// `assessment`, `screening-tool`, …
    pub what: String,
    /// Whose, where known.
    pub authority: Option<AuthorityId>,
    /// For which panel.
    pub panel: Option<PanelId>,
    /// Whose case, where known.
    pub case: Option<CaseRef>,
    /// The meeting it goes to.
    pub meeting: Option<MeetingId>,
    /// Its message's arrival.
    pub arrived_at: Timestamp,
    /// What became of it.
    pub state: DocumentState,
    /// The paper that took its place.
    pub superseded_by: Option<DocumentId>,
    /// What is personal in it.
    pub body: Sealed<DocumentBody>,
    /// Marks of the names in its text.
    pub name_marks: Vec<u8>,
}

impl Document {
    /// Is it this reading of this leaf, both counted from 0? One that was stored without a reading is any.
    pub fn is_at(&self, (leaf, reading): (usize, Option<usize>)) -> bool {
        let number = reading.map_or(Ok(0), |reading| i64::try_from(reading + 1));
        i64::try_from(leaf + 1) == Ok(self.position) && (self.reading == 0 || number == Ok(self.reading))
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.message, d.position, d.reading, d.sha256, d.format, d.form, d.what, d.authority, d.panel, \
             d.case_no, d.meeting, d.arrived_at, d.state, d.superseded_by, d.data_key, d.body, d.name_marks, k.wrapped \
             FROM documents d JOIN data_keys k ON k.id = d.data_key ",
            $rest
        )
    };
}

impl View {
    /// One document.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn document(&mut self, id: &DocumentId) -> Result<Option<Document>, StoreError> {
        let row = sql!(select!("WHERE d.id = $1"), id.as_str()).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.document_of(row)).transpose()
    }

    /// A message's documents in the order they stand in it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_of_messages(&mut self, messages: &[MessageRef]) -> Result<Vec<Document>, StoreError> {
        let mut found = Vec::new();
        for chunk in messages.chunks(CHUNK) {
            let (select, numbers) = (select!(""), list(0, chunk.len()));
            let text = format!("{select} WHERE d.message IN ({numbers}) ORDER BY d.message, d.position, d.reading");
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for message in chunk {
                query = query.bind(message.0);
            }
            for row in query.fetch_all(self.db()).await? {
                found.push(self.document_of(&row)?);
            }
        }
        Ok(found)
    }

    /// The documents of one message, in the order of its parts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_of_message(&mut self, message: MessageRef) -> Result<Vec<Document>, StoreError> {
        let rows = sql!(select!("WHERE d.message = $1 ORDER BY d.position, d.reading"), message.0);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.document_of(row)).collect()
    }

    /// A case's documents, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_of_case(&mut self, case: CaseRef) -> Result<Vec<Document>, StoreError> {
        let rows =
            sql!(select!("WHERE d.case_no = $1 ORDER BY d.arrived_at, d.message, d.position, d.reading"), case.0);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.document_of(row)).collect()
    }

    /// Every document that goes to a meeting, oldest first, whatever its state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_of_meeting(&mut self, meeting: &MeetingId) -> Result<Vec<Document>, StoreError> {
        let rows = sql!(
            select!("WHERE d.meeting = $1 ORDER BY d.arrived_at, d.message, d.position, d.reading"),
            meeting.to_string()
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.document_of(row)).collect()
    }

    /// Every document of these bytes, oldest first; within one authority, or anywhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_by_hash(
        &mut self,
        hash: Sha256,
        authority: Option<&AuthorityId>,
    ) -> Result<Vec<Document>, StoreError> {
        let rows = sql!(
            select!(
                "WHERE d.sha256 = $1 AND ($2 = '' OR d.authority = $2) ORDER BY d.arrived_at, d.message, d.position"
            ),
            hash.0.to_vec(),
            authority.map_or("", AuthorityId::as_str)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.document_of(row)).collect()
    }

    fn document_of(&self, row: &AnyRow) -> Result<Document, StoreError> {
        let id = DocumentId(row.text("id")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        Ok(Document {
            message: MessageRef(row.int("message")?),
            position: row.int("position")?,
            reading: row.int("reading")?,
            sha256: row.sha256("sha256")?,
            format: row.code("format")?,
            form: row.name_or("form")?,
            what: row.text("what")?,
            authority: row.name_or("authority")?,
            panel: row.name_or("panel")?,
            case: row.int_or("case_no")?.map(CaseRef),
            meeting: row.word_or("meeting")?,
            arrived_at: row.time("arrived_at")?,
            state: row.word("state")?,
            superseded_by: row.text_or("superseded_by")?.map(DocumentId),
            body: row.sealed(key.as_ref(), body_place(&id), "body")?,
            name_marks: row.bytes("name_marks")?,
            id,
        })
    }
}

impl View {
    /// The marks of the papers that each of these mails carries; for the members, not of one that a person has let go to them
    /// although it identifies a child of another panel (SY-40).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn marks_of_entries(
        &mut self,
        entries: &[SentRef],
    ) -> Result<BTreeMap<SentRef, Vec<Vec<u8>>>, StoreError> {
        let mut found: BTreeMap<(SentRef, Vec<u8>), Vec<u8>> = BTreeMap::new();
        for chunk in entries.chunks(CHUNK) {
            let text = format!(
                "SELECT o.entry, o.sha256, d.name_marks FROM outbox_documents o JOIN documents d ON d.sha256 = o.sha256 \
                 JOIN outbox b ON b.number = o.entry WHERE o.entry IN ({}) AND o.enclosed_at IS NOT NULL \
                 AND NOT (b.kind IN ('agenda', 'supplement') AND EXISTS (SELECT 1 FROM held h \
                 JOIN documents x ON x.id = h.document WHERE x.sha256 = o.sha256 AND h.case_no = o.case_no \
                 AND h.panel = b.panel AND h.kind = '{}' AND h.state = 'released'))",
                list(0, chunk.len()),
                HoldKind::SpeaksOfAnother.as_str()
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for number in chunk {
                query = query.bind(number.0);
            }
            for row in query.fetch_all(self.outbox().await?).await? {
                let marks = found.entry((SentRef(row.int("entry")?), row.bytes("sha256")?)).or_default();
                // Of several times that it came, the one that was read.
                let these = row.bytes("name_marks")?;
                if these.len() > marks.len() {
                    *marks = these;
                }
            }
        }
        let mut by_entry: BTreeMap<SentRef, Vec<Vec<u8>>> = BTreeMap::new();
        for ((entry, _), marks) in found {
            by_entry.entry(entry).or_default().push(marks);
        }
        Ok(by_entry)
    }
}

impl Tx {
    /// Stores a message's documents under the message's data key, and returns their ids in the order given.
    ///
    /// # Errors
    /// When the database fails, or a document of this message, position and reading is stored already.
    pub async fn insert_documents(
        &mut self,
        message: &super::Message,
        documents: &[NewDocument],
    ) -> Result<Vec<DocumentId>, StoreError> {
        let key = message.key()?.clone();
        let now = us(self.now());
        let ids: Vec<DocumentId> = documents.iter().map(|_| DocumentId(self.uuid())).collect();
        for (documents, ids) in documents.chunks(CHUNK).zip(ids.chunks(CHUNK)) {
            let text = format!(
                "INSERT INTO documents (id, message, position, reading, sha256, format, form, what, authority, panel, \
                 case_no, meeting, arrived_at, created_at, state, data_key, body, name_marks) VALUES {}",
                values(documents.len(), 18)
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(documents.len() <= PREPARED);
            for (new, id) in documents.iter().zip(ids) {
                let body = self.seal(&key, body_place(id), &new.body)?;
                query = query.bind(id.as_str()).bind(message.number.0).bind(new.position).bind(new.reading);
                query = query.bind(new.sha256.0.to_vec()).bind(new.format.to_string());
                query = query.bind(text_or(new.form.as_ref())).bind(new.what.as_str());
                query = query.bind(text_or(new.authority.as_ref())).bind(text_or(new.panel.as_ref()));
                query = query.bind(new.case.map(|case| case.0)).bind(text_or(new.meeting.as_ref()));
                query = query.bind(us(new.arrived_at)).bind(now).bind(new.state.as_str()).bind(key.id().to_string());
                query = query.bind(body.blob().to_vec()).bind(new.name_marks.clone());
            }
            query.execute(self.db()).await?;
        }
        Ok(ids)
    }

    /// Writes a document's changeable columns back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_document(&mut self, document: &Document) -> Result<(), StoreError> {
        sql!(
            "UPDATE documents SET what = $2, authority = $3, panel = $4, case_no = $5, meeting = $6, state = $7, \
             superseded_by = $8, body = $9 WHERE id = $1",
            document.id.as_str(),
            document.what.as_str(),
            text_or(document.authority.as_ref()),
            text_or(document.panel.as_ref()),
            document.case.map(|case| case.0),
            text_or(document.meeting.as_ref()),
            document.state.as_str(),
            text_or(document.superseded_by.as_ref()),
            document.body.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(())
    }
}

fn body_place(id: &DocumentId) -> Place {
    Place::new("documents", id, "body")
}
