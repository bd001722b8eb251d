//! Damaged and hostile bytes, made of the corpus by a seeded generator: every reader takes them without a panic, within its
//! limits, and the next document is read as if nothing had been. `DUTYCLERK_SEED` and `DUTYCLERK_MUTATIONS` make a longer run;
//! a failure names the file, the seed and the round.

use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, Reader, ReaderError};
use dutyclerk::inbound::unpack::{self, unpack};
use jiff::civil::date;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }
}

fn from_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

/// One to eight changes: a byte, a run cut out, doubled, or moved, a number made extreme, the end cut off.
fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    const EXTREMES: [&[u8]; 8] = [
        &[0; 4],
        &[0xFF; 4],
        &[0xFF, 0xFF, 0xFF, 0x7F],
        b"99999999999",
        b"-1",
        b"&#0;",
        b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
        b"\x00\x80",
    ];
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len());
        let end = (at + 1 + chance.below(64)).min(bytes.len());
        match chance.below(6) {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.below(8);
                }
            }
            2 => drop(bytes.drain(at..end)),
            3 => {
                let run = bytes[at..end].to_vec();
                let times = 1 + chance.below(40);
                bytes.splice(at..at, run.repeat(times));
            }
            4 => {
                let extreme = EXTREMES[chance.below(EXTREMES.len())];
                let end = (at + extreme.len()).min(bytes.len());
                bytes.splice(at..end, extreme.iter().copied());
            }
            _ => bytes.truncate(at.max(bytes.len() / 4)),
        }
    }
}

/// The same archive with one member changed, so that what inflates and checks out is what is wrong.
fn with_a_member_mutated(bytes: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let chosen = chance.below(archive.len());
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).ok()?;
        let name = member.name().ok()?.into_owned();
        let mut content = Vec::new();
        member.read_to_end(&mut content).ok()?;
        if at == chosen {
            mutate(&mut content, chance);
        }
        out.start_file(name, SimpleFileOptions::default()).ok()?;
        out.write_all(&content).ok()?;
    }
    Some(out.finish().ok()?.into_inner())
}

fn corpus(folder: &str, leave_out: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && path.extension().is_some_and(|e| !leave_out.iter().any(|out| e == *out)));
    files.sort();
    files
}

#[tokio::test]
async fn invariant_9_no_damaged_document_disturbs_the_next() {
    let program = env!("CARGO_BIN_EXE_dutyclerk");
    let reader = Reader::new(program, Arc::new(FormTables::shipped().unwrap()), Limits::default());
    let (seed, rounds) = (from_environment("DUTYCLERK_SEED", 1), from_environment("DUTYCLERK_MUTATIONS", 2));
    let (today, options) = (date(2026, 11, 22), ReadOptions::default());
    let (mut deaths, mut count) = (Vec::new(), 0u32);
    for file in corpus("forms", &["json", "py", "md"]) {
        let whole = std::fs::read(&file).unwrap();
        for round in 0..rounds {
            let mut chance = Chance(seed.wrapping_mul(1_000_003).wrapping_add(round).wrapping_add(whole.len() as u64));
            let inside = if round % 2 == 0 { with_a_member_mutated(&whole, &mut chance) } else { None };
            let bytes = inside.unwrap_or_else(|| {
                let mut bytes = whole.clone();
                mutate(&mut bytes, &mut chance);
                bytes
            });
            let name = format!("{}, seed {seed}, round {round}", file.file_name().unwrap().display());
            count += 1;
            match reader.read(&bytes, None, today, &options).await {
                Ok(report) => assert!(!report.readings.is_empty(), "{name}"),
                // A library may fail at it: that costs the child, and is counted.
                Err(ReaderError::Died(how)) => deaths.push(format!("{name}: {how}")),
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
    let sound =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/forms/rat-two-columns.xlsx")).unwrap();
    let report = reader.read(&sound, None, today, &options).await.unwrap();
    assert_eq!(report.readings[0].form.as_ref().map(|form| form.as_str()), Some("surrey-rat"));
    assert!(count >= 100, "{count} documents");
    assert!(deaths.len() * 50 <= count as usize, "{} of {count} readers died:\n{}", deaths.len(), deaths.join("\n"));
}

#[test]
fn invariant_9_no_damaged_message_is_more_than_its_limits() {
    let (seed, rounds) = (from_environment("DUTYCLERK_SEED", 1), from_environment("DUTYCLERK_MUTATIONS", 4));
    let limits = unpack::Limits::default();
    let mut count = 0;
    for file in corpus("mail", &["json", "md", "py"]) {
        let whole = std::fs::read(&file).unwrap();
        for round in 0..rounds {
            let mut bytes = whole.clone();
            mutate(
                &mut bytes,
                &mut Chance(seed.wrapping_mul(7_777_777).wrapping_add(round * 31).wrapping_add(whole.len() as u64)),
            );
            let parcel = unpack(&bytes, &limits);
            let name = format!("{}, seed {seed}, round {round}", file.file_name().unwrap().display());
            assert!(parcel.leaves.len() <= limits.parts.max(limits.container_members), "{name}");
            let held: usize = parcel.leaves.iter().map(|leaf| leaf.bytes.len()).sum();
            assert!(
                held <= limits.message_bytes + usize::try_from(limits.unpacked_bytes).unwrap(),
                "{name}: {held} bytes"
            );
            count += 1;
        }
    }
    assert!(count >= 400, "{count} messages");
}
