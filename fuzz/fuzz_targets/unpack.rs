//! Any bytes as a message: unpacked within its limits, and the same each time.

#![no_main]

use dutyclerk::inbound::unpack::{Limits, new_text, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let parcel = unpack(bytes, &limits);
    let held: usize = parcel.leaves.iter().map(|leaf| leaf.bytes.len()).sum();
    assert!(held as u64 <= limits.message_bytes as u64 + limits.unpacked_bytes);
    assert_eq!(new_text(parcel.text.reveal()), *parcel.new_text.reveal());
});
