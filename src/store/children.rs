//! Children, and finding them again. Who a child is stands sealed; numbers and names are looked up through keyed hashes
//! within one authority, because LCS numbers are local to it.

use super::row::{CHUNK, Columns, PREPARED, list, us, values};
use super::{StoreError, Tx, View};
use crate::casework::{AuthorityId, CaseRef, PanelId, Redacted, name_pair, normal_name};
use crate::seal::{LookUps, LookupHash, Payload, Place, Sealed};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};

id! {
    /// A child.
    ChildId
}

words! {
    /// What a look-up hash is of.
    KeyKind {
        /// The LCS number: letters and digits, upper case.
        Lcs => "lcs",
        /// The NHS number: ten digits.
        Nhs => "nhs",
        /// The whole normalised name with the date of birth.
        NameAndBirth => "name_dob",
        /// The date of birth: near names are compared among these.
        Birth => "dob",
        /// The whole normalised name, or an alias.
        Name => "name",
        /// First and last word of a name or alias, in no order.
        NamePair => "name_pair",
    }
}

/// Who a child is. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChildDetails {
    /// Full name as the form gave it.
    pub name: Redacted<String>,
    /// Other names.
    pub aliases: Vec<Redacted<String>>,
    /// Date of birth.
    pub date_of_birth: Option<Redacted<Date>>,
    /// LCS number.
    pub lcs_number: Option<Redacted<String>>,
    /// NHS number, ten digits.
    pub nhs_number: Option<Redacted<String>>,
    /// Numbers and dates of birth that turned out wrong, so that papers bearing them are still found.
    pub former: Vec<Redacted<String>>,
}

impl Payload for ChildDetails {}

/// A child as stored.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its id.
    pub id: ChildId,
    /// The one authority it is known in.
    pub authority: AuthorityId,
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// The row it was merged into, if two turned out to be one child.
    pub merged_into: Option<ChildId>,
    /// Who it is.
    pub details: Sealed<ChildDetails>,
}

/// The look-up hashes by which a child of these details is found: normalised by [`normal_name`], numbers by their letters
/// and digits. A 1 January date of birth is a placeholder as often as a birthday and is no key by itself.
pub fn child_keys(
    look_ups: &LookUps,
    authority: &AuthorityId,
    details: &ChildDetails,
) -> BTreeSet<(KeyKind, LookupHash)> {
    let mut keys = BTreeSet::new();
    let mut add = |kind: KeyKind, value: &str| {
        if !value.is_empty() {
            keys.insert((kind, look_ups.hash(kind.as_str(), Some(authority), value)));
        }
    };
    let number = |text: &str| {
        let kept = text.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_uppercase).collect::<String>()
    };
    if let Some(lcs) = &details.lcs_number {
        add(KeyKind::Lcs, &number(lcs.reveal()));
    }
    if let Some(nhs) = &details.nhs_number {
        add(KeyKind::Nhs, &number(nhs.reveal()));
    }
    let birth = details.date_of_birth.as_ref().map(|date| *date.reveal());
    if let Some(birth) = birth.filter(|birth| (birth.month(), birth.day()) != (1, 1)) {
        add(KeyKind::Birth, &birth.to_string());
    }
    for name in std::iter::once(&details.name).chain(&details.aliases) {
        let words = normal_name(name.reveal());
        let whole = words.join(" ");
        add(KeyKind::Name, &whole);
        if let Some((one, two)) = name_pair(&words) {
            add(KeyKind::NamePair, &format!("{one} {two}"));
        }
        if let Some(birth) = birth.filter(|_| !whole.is_empty()) {
            add(KeyKind::NameAndBirth, &format!("{whole} {birth}"));
        }
    }
    keys
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.authority, c.created_at, c.merged_into, c.data_key, c.identity, k.wrapped \
             FROM children c JOIN data_keys k ON k.id = c.data_key ",
            $rest
        )
    };
}

impl View {
    /// One child.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn child(&mut self, id: &ChildId) -> Result<Option<Child>, StoreError> {
        let row = sql!(select!("WHERE c.id = $1"), id.as_str()).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| child_of(row, self)).transpose()
    }

    /// Every child of this authority that shares any of these keys, each with the kinds it shares. Children merged into
    /// another are left out. Keys that were asked for before in this view are not asked for again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_children(
        &mut self,
        authority: &AuthorityId,
        keys: &BTreeSet<(KeyKind, LookupHash)>,
    ) -> Result<BTreeMap<ChildId, BTreeSet<KeyKind>>, StoreError> {
        // Every hash already has its kind and authority in it, so hashes alone tell them apart.
        let unknown = keys.iter().map(|(_, hash)| *hash).filter(|hash| !self.known.children.contains_key(hash));
        let unknown: Vec<LookupHash> = unknown.collect();
        for chunk in unknown.chunks(CHUNK) {
            let text = format!(
                "SELECT y.child, y.kind, y.hash FROM child_keys y JOIN children c ON c.id = y.child \
                 WHERE y.authority = $1 AND c.merged_into IS NULL AND y.hash IN ({})",
                list(1, chunk.len())
            );
            let query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED).bind(authority.as_str());
            let query = chunk.iter().fold(query, |query, hash| query.bind(hash.0.to_vec()));
            let mut found: BTreeMap<LookupHash, Vec<_>> = chunk.iter().map(|hash| (*hash, Vec::new())).collect();
            for row in query.fetch_all(self.db()).await? {
                let child = (ChildId(row.text("child")?), row.word("kind")?);
                found.entry(row.look_up("hash")?).or_default().push(child);
            }
            self.known.children.extend(found);
        }
        let mut found: BTreeMap<ChildId, BTreeSet<KeyKind>> = BTreeMap::new();
        for (child, kind) in keys.iter().filter_map(|(_, hash)| self.known.children.get(hash)).flatten() {
            found.entry(child.clone()).or_default().insert(*kind);
        }
        Ok(found)
    }

    /// The look-up keys of every child that was new or changed at this moment or since, for the last look at outgoing
    /// bytes; with the moment of the latest change.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn child_keys_since(
        &mut self,
        since: Timestamp,
    ) -> Result<(Timestamp, Vec<(ChildId, KeyKind, LookupHash)>), StoreError> {
        let rows = sql!(
            "SELECT y.child, y.kind, y.hash, c.updated_at FROM child_keys y JOIN children c ON c.id = y.child \
             WHERE c.updated_at >= $1",
            us(since)
        );
        let (mut latest, mut keys) = (since, Vec::new());
        for row in rows.fetch_all(self.db()).await? {
            latest = latest.max(row.time("updated_at")?);
            keys.push((ChildId(row.text("child")?), row.word("kind")?, row.look_up("hash")?));
        }
        Ok((latest, keys))
    }

    /// The cases of these children, with the panels they are before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn panels_of_children(
        &mut self,
        children: &[ChildId],
    ) -> Result<BTreeMap<ChildId, Vec<(CaseRef, PanelId)>>, StoreError> {
        let mut found: BTreeMap<ChildId, Vec<(CaseRef, PanelId)>> = BTreeMap::new();
        for chunk in children.chunks(CHUNK) {
            let text = format!(
                "SELECT child, number, panel FROM cases WHERE child IN ({}) ORDER BY number",
                list(0, chunk.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for child in chunk {
                query = query.bind(child.as_str());
            }
            for row in query.fetch_all(self.db()).await? {
                let case = (CaseRef(row.int("number")?), row.name("panel")?);
                found.entry(ChildId(row.text("child")?)).or_default().push(case);
            }
        }
        Ok(found)
    }
}

impl Tx {
    /// Stores a new child with its look-up keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_child(&mut self, authority: &AuthorityId, details: &ChildDetails) -> Result<Child, StoreError> {
        let key = self.new_key().await?;
        let id = ChildId(self.uuid());
        let sealed = self.seal(&key, identity_place(&id), details)?;
        sql!(
            "INSERT INTO children (id, authority, created_at, updated_at, data_key, identity) VALUES ($1, $2, $3, $3, $4, $5)",
            id.as_str(),
            authority.as_str(),
            us(self.now()),
            key.id().to_string(),
            sealed.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        self.insert_child_keys(&id, authority, details).await?;
        let created_at = self.now();
        Ok(Child { id, authority: authority.clone(), created_at, merged_into: None, details: sealed })
    }

    /// Writes who a child is anew; its old look-up keys stay, so that papers with the old values are still found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_child(&mut self, child: &mut Child, details: &ChildDetails) -> Result<(), StoreError> {
        child.details = child.details.reseal(self.chance(), details)?;
        sql!(
            "UPDATE children SET identity = $2, updated_at = $3, merged_into = $4 WHERE id = $1",
            child.id.as_str(),
            child.details.blob().to_vec(),
            us(self.now()),
            child.merged_into.as_ref().map(|id| id.as_str().to_owned())
        )
        .execute(self.db())
        .await?;
        let (id, authority) = (child.id.clone(), child.authority.clone());
        self.known.children.clear();
        self.known.cases.retain(|_, case| case.child != id);
        self.insert_child_keys(&id, &authority, details).await
    }

    async fn insert_child_keys(
        &mut self,
        id: &ChildId,
        authority: &AuthorityId,
        details: &ChildDetails,
    ) -> Result<(), StoreError> {
        let keys: Vec<_> = child_keys(self.look_ups(), authority, details).into_iter().collect();
        for (_, hash) in &keys {
            self.known.children.remove(hash);
        }
        for chunk in keys.chunks(CHUNK) {
            let text = format!(
                "INSERT INTO child_keys (child, authority, kind, hash) VALUES {} ON CONFLICT (child, kind, hash) DO NOTHING",
                values(chunk.len(), 4)
            );
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (kind, hash) in chunk {
                query = query.bind(id.as_str()).bind(authority.as_str()).bind(kind.as_str()).bind(hash.0.to_vec());
            }
            query.execute(self.db()).await?;
        }
        Ok(())
    }
}

fn child_of(row: &AnyRow, view: &View) -> Result<Child, StoreError> {
    let id = ChildId(row.text("id")?);
    let key = row.key(&view.shared.master, "data_key", "wrapped")?;
    Ok(Child {
        authority: row.name("authority")?,
        created_at: row.time("created_at")?,
        merged_into: row.text_or("merged_into")?.map(ChildId),
        details: row.sealed(key.as_ref(), identity_place(&id), "identity")?,
        id,
    })
}

pub(super) fn identity_place(id: &ChildId) -> Place {
    Place::new("children", id, "identity")
}
