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
    /// Bytes of all files together that are taken out of containers (.msg, winmail.dat, zip) of one message.
    pub unpacked_bytes: u64,
    /// Bytes of one of them.
    pub member_bytes: u64,
    /// Their number.
    pub container_members: usize,
    /// Unpacked bytes for each packed one, for files above 100 KiB.
    pub unpacked_ratio: u64,
    /// Zip archives inside one another.
    pub archive_depth: usize,
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
            unpacked_bytes: 100 * 1024 * 1024,
            member_bytes: 50 * 1024 * 1024,
            container_members: 1_000,
            unpacked_ratio: 100,
            archive_depth: 2,
        }
    }
}
