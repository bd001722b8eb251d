use serde::{Deserialize, Serialize};

/// How much of a message is opened (LESSONS C). What is beyond is a finding and a message held for a person, never a
/// message lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a message; of a larger one only the headers are read.
    pub message_bytes: usize,
    /// Levels of multiparts and nested messages together.
    pub depth: usize,
    /// MIME entities in all, multiparts and nested messages included.
    pub parts: usize,
    /// Header fields of one entity.
    pub header_fields: usize,
    /// Bytes of one entity's header.
    pub header_bytes: usize,
    /// Attachments that are not decoration.
    pub attachments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 35 * 1024 * 1024,
            depth: 10,
            parts: 100,
            header_fields: 300,
            header_bytes: 256 * 1024,
            attachments: 20,
        }
    }
}
