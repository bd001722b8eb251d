//! Between Rust's types and the columns'.

use super::StoreError;
use crate::casework::Sha256;
use crate::seal::{DataKey, KeyId, LookupHash, MasterKey, Payload, Place, Sealed};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};
use std::fmt::{Display, Write as _};
use std::str::FromStr;

/// A text that is not one of a closed set of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not one of the words known here: {0}")]
pub struct BadWord(pub String);

/// A closed set of words: an enum whose text stands in a column and in `--json`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }
        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// Its text.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = crate::store::BadWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| crate::store::BadWord(text.to_owned()))
            }
        }
    };
}

/// A query with its arguments in order.
macro_rules! sql {
    ($text:expr $(, $argument:expr)* $(,)?) => { sqlx::query($text)$(.bind($argument))* };
}

/// Microseconds of an instant, as stored.
pub(super) fn us(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Microseconds of an instant, if there is one.
pub(super) fn us_or(at: Option<Timestamp>) -> Option<i64> {
    at.map(us)
}

/// The text of something that has one, if it is there.
pub(super) fn text_or<T: Display>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

/// A unit variant's serialised name.
pub(super) fn code<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The unit variant of this serialised name.
pub(super) fn from_code<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// Where rows go: the table with its columns, how many those are, and what happens to a row that is there already.
pub(super) struct Into {
    pub table: &'static str,
    pub columns: usize,
    pub conflict: &'static str,
}

impl From<(&'static str, usize)> for Into {
    fn from((table, columns): (&'static str, usize)) -> Self {
        Self { table, columns, conflict: "" }
    }
}

/// Inserts many rows, several to a statement. SQLite finds a parameter by walking through the names of all of them, so
/// that many parameters cost their square; about a hundred are quickest.
pub(super) async fn insert<T>(
    db: &mut AnyConnection,
    into: impl std::convert::Into<Into>,
    rows: &[T],
    bind: impl Fn(Query<'static, Any, AnyArguments>, &T) -> Query<'static, Any, AnyArguments>,
) -> Result<(), StoreError> {
    let Into { table, columns, conflict } = into.into();
    let most = (100 / columns).max(1);
    for chunk in rows.chunks(most) {
        let text = format!("INSERT INTO {table} VALUES {} {conflict}", values(chunk.len(), columns));
        let query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED || chunk.len() == most);
        chunk.iter().fold(query, &bind).execute(&mut *db).await?;
    }
    Ok(())
}

/// `($1, $2), ($3, $4)`: placeholders for `rows` rows of `columns` columns.
pub(super) fn values(rows: usize, columns: usize) -> String {
    let mut out = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        out.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(out, "{comma}${}", row * columns + column + 1);
        }
        out.push(')');
    }
    out
}

/// `$3, $4, $5`: placeholders for a list of `n` after `before` others.
pub(super) fn list(before: usize, n: usize) -> String {
    (1..=n).map(|i| format!("${}", before + i)).collect::<Vec<_>>().join(", ")
}

/// How many rows go into one statement (SQLite takes 32,766 arguments, PostgreSQL 65,535).
pub(super) const CHUNK: usize = 200;

/// Statements about so many rows are kept prepared: the driver keeps a hundred.
pub(super) const PREPARED: usize = 3;

/// Reading columns by name.
pub(super) trait Columns {
    fn int(&self, column: &'static str) -> Result<i64, StoreError>;
    fn int_or(&self, column: &'static str) -> Result<Option<i64>, StoreError>;
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn text_or(&self, column: &'static str) -> Result<Option<String>, StoreError>;
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError>;
    fn bytes_or(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError>;

    fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }
    fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_microsecond(self.int(column)?).map_err(|_| damaged(column))
    }
    fn time_or(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let at = self.int_or(column)?;
        at.map(|at| Timestamp::from_microsecond(at).map_err(|_| damaged(column))).transpose()
    }
    fn word<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| damaged(column))
    }
    fn word_or<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        self.text_or(column)?.map(|text| text.parse().map_err(|_| damaged(column))).transpose()
    }
    fn name<T: for<'a> From<&'a str>>(&self, column: &'static str) -> Result<T, StoreError> {
        Ok(T::from(self.text(column)?.as_str()))
    }
    fn name_or<T: for<'a> From<&'a str>>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        Ok(self.text_or(column)?.map(|text| T::from(text.as_str())))
    }
    fn code<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        from_code(&self.text(column)?).ok_or_else(|| damaged(column))
    }
    fn sha256(&self, column: &'static str) -> Result<Sha256, StoreError> {
        self.bytes(column)?.try_into().map(Sha256).map_err(|_| damaged(column))
    }
    fn look_up(&self, column: &'static str) -> Result<LookupHash, StoreError> {
        self.bytes(column)?.try_into().map(LookupHash).map_err(|_| damaged(column))
    }
    /// A data key from its id and wrapped bytes; none when it was shredded.
    fn key(&self, master: &MasterKey, id: &'static str, wrapped: &'static str) -> Result<Option<DataKey>, StoreError> {
        let id: KeyId = self.word(id)?;
        let wrapped = self.bytes_or(wrapped)?;
        Ok(wrapped.map(|wrapped| master.unwrap_key(id, &wrapped)).transpose()?)
    }
    /// A sealed column.
    fn sealed<T: Payload>(
        &self,
        key: Option<&DataKey>,
        place: Place,
        column: &'static str,
    ) -> Result<Sealed<T>, StoreError> {
        Ok(Sealed::found(key.cloned(), place, self.bytes(column)?))
    }
}

impl Columns for AnyRow {
    fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn int_or(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn text_or(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn bytes_or(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

pub(super) fn damaged(column: &str) -> StoreError {
    StoreError::Damaged { table: "a row", column: column.to_owned() }
}

/// A row's id: a UUIDv7 as text.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub(in crate::store) String);
        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self { Self(text.to_owned()) }
        }
    };
}
