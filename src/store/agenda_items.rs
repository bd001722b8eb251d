//! Agenda items: which case is on which meeting, where, and why.

use super::row::{CHUNK, Columns, Into, PREPARED, code, damaged, from_code, insert, list, text_or, us};
use super::{StoreError, Tx, View};
use crate::casework::agenda::ItemNote;
use crate::casework::panel::SectionId;
use crate::casework::{CaseRef, MeetingId, RoleId};
use jiff::Timestamp;
use jiff::civil::DateTime;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

words! {
    /// Whether a case is heard.
    ItemState {
        /// It is.
        Listed => "listed",
        /// It came off the agenda.
        Withdrawn => "withdrawn",
        /// It went to another meeting.
        Moved => "moved",
    }
}

/// A case on a meeting's agenda. One row for each meeting and case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgendaRow {
    /// Which meeting.
    pub meeting: MeetingId,
    /// Whose.
    pub case: CaseRef,
    /// Where.
    pub section: SectionId,
    /// Whether it is heard.
    pub state: ItemState,
    /// When it came on; the order within a section until slots are issued.
    pub added_at: Timestamp,
    /// The rule that put it there.
    pub rule: String,
    /// Its number through the agenda, once the pack has gone.
    pub position: Option<i64>,
    /// From when to when, local civil time, once issued.
    pub slot: Option<(DateTime, DateTime)>,
    /// What the readers must know.
    pub notes: Vec<ItemNote>,
    /// The role that admitted it after the cut-off (MC-22, MC-31).
    pub admitted_by: Option<RoleId>,
    /// Where it went.
    pub moved_to: Option<MeetingId>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.meeting, a.case_no, a.section, a.state, a.added_at, a.rule, a.position, a.slot_start, a.slot_end, \
             a.notes, a.admitted_by, a.moved_to FROM agenda_items a ",
            $rest
        )
    };
}

impl View {
    /// Everything on a meeting's agenda, in order of position, then of coming on; withdrawn and moved items too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agenda_items(&mut self, meeting: &MeetingId) -> Result<Vec<AgendaRow>, StoreError> {
        let rows = sql!(
            select!("WHERE a.meeting = $1 ORDER BY COALESCE(a.position, 1000000), a.added_at, a.case_no"),
            meeting.to_string()
        );
        rows.fetch_all(self.db()).await?.iter().map(item_of).collect()
    }

    /// One case's item on a meeting's agenda, withdrawn and moved too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agenda_item(&mut self, meeting: &MeetingId, case: CaseRef) -> Result<Option<AgendaRow>, StoreError> {
        let row = sql!(select!("WHERE a.meeting = $1 AND a.case_no = $2"), meeting.to_string(), case.0);
        row.fetch_optional(self.db()).await?.as_ref().map(item_of).transpose()
    }

    /// A case's items on open meetings, soonest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_items_of_case(&mut self, case: CaseRef) -> Result<Vec<AgendaRow>, StoreError> {
        self.open_items_of_cases(&[case]).await
    }

    /// The items of these cases on open meetings, each case's soonest first. What was asked for before in this view is not
    /// asked for again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_items_of_cases(&mut self, cases: &[CaseRef]) -> Result<Vec<AgendaRow>, StoreError> {
        let unknown = cases.iter().copied().filter(|case| !self.known.items.contains_key(case));
        let unknown: Vec<CaseRef> = unknown.collect::<BTreeSet<_>>().into_iter().collect();
        for chunk in unknown.chunks(CHUNK) {
            let (select, numbers) = (select!("JOIN meetings m ON m.id = a.meeting"), list(0, chunk.len()));
            let text =
                format!("{select} WHERE a.case_no IN ({numbers}) AND m.state = 'open' ORDER BY m.starts_at, m.id");
            let query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            let rows = chunk.iter().fold(query, |query, case| query.bind(case.0)).fetch_all(self.db()).await?;
            let items: Vec<AgendaRow> = rows.iter().map(item_of).collect::<Result<_, _>>()?;
            self.known.items.extend(chunk.iter().map(|case| (*case, Vec::new())));
            for item in items {
                self.known.items.entry(item.case).or_default().push(item);
            }
        }
        Ok(cases.iter().filter_map(|case| self.known.items.get(case)).flatten().cloned().collect())
    }

    /// Every item of a case, earliest meeting first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn items_of_case(&mut self, case: CaseRef) -> Result<Vec<AgendaRow>, StoreError> {
        let rows = sql!(
            select!("JOIN meetings m ON m.id = a.meeting WHERE a.case_no = $1 ORDER BY m.starts_at, m.id"),
            case.0
        );
        rows.fetch_all(self.db()).await?.iter().map(item_of).collect()
    }
}

impl Tx {
    /// Writes an item, new or known; `added_at` of a known one stays.
    ///
    /// # Errors
    /// When the database fails, or the meeting or case is not stored.
    pub async fn put_agenda_item(&mut self, item: &AgendaRow) -> Result<(), StoreError> {
        self.put_agenda_items(std::slice::from_ref(item)).await
    }

    /// The same for many, all different.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_agenda_items(&mut self, items: &[AgendaRow]) -> Result<(), StoreError> {
        let rows: Vec<(String, &AgendaRow)> = items.iter().map(|item| (self.uuid(), item)).collect();
        for item in items {
            self.known.items.remove(&item.case);
        }
        let into = Into {
            table: "agenda_items (id, meeting, case_no, section, state, added_at, rule, position, slot_start, slot_end, \
                    notes, admitted_by, moved_to)",
            columns: 13,
            conflict: "ON CONFLICT (meeting, case_no) DO UPDATE SET section = excluded.section, state = excluded.state, \
                       rule = excluded.rule, position = excluded.position, slot_start = excluded.slot_start, \
                       slot_end = excluded.slot_end, notes = excluded.notes, admitted_by = excluded.admitted_by, \
                       moved_to = excluded.moved_to",
        };
        insert(self.db(), into, &rows, |query, (id, item)| {
            let query = query.bind(id.clone()).bind(item.meeting.to_string()).bind(item.case.0);
            let query = query.bind(code(&item.section)).bind(item.state.as_str()).bind(us(item.added_at));
            let query = query.bind(item.rule.clone()).bind(item.position);
            let query = query.bind(item.slot.map(|(start, _)| start.to_string()));
            let query = query.bind(item.slot.map(|(_, end)| end.to_string()));
            let query = query.bind(item.notes.iter().map(code).collect::<Vec<_>>().join(","));
            query.bind(text_or(item.admitted_by.as_ref())).bind(text_or(item.moved_to.as_ref()))
        })
        .await
    }
}

fn item_of(row: &AnyRow) -> Result<AgendaRow, StoreError> {
    let notes = row.text("notes")?;
    let notes = notes.split(',').filter(|note| !note.is_empty());
    Ok(AgendaRow {
        meeting: row.word("meeting")?,
        case: CaseRef(row.int("case_no")?),
        section: row.code("section")?,
        state: row.word("state")?,
        added_at: row.time("added_at")?,
        rule: row.text("rule")?,
        position: row.int_or("position")?,
        slot: row.word_or("slot_start")?.zip(row.word_or("slot_end")?),
        notes: notes.map(|note| from_code(note).ok_or_else(|| damaged("notes"))).collect::<Result<_, _>>()?,
        admitted_by: row.name_or("admitted_by")?,
        moved_to: row.word_or("moved_to")?,
    })
}
