//! What Outlook and its users put papers into: a saved message, a winmail.dat, a zip archive.

use std::io::{Cursor, Write};

/// A zip archive of these files.
pub(crate) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An Outlook message with one attachment (MS-OXMSG).
pub(crate) fn outlook_message(subject: &str, words: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let row = |id: u16, kind: u16, value: u32| {
        [kind.to_le_bytes(), id.to_le_bytes()]
            .concat()
            .into_iter()
            .chain([6, 0, 0, 0])
            .chain(value.to_le_bytes())
            .chain([0; 4])
    };
    let mut put = |path: &str, bytes: &[u8]| file.create_stream(path).unwrap().write_all(bytes).unwrap();
    let mut top = vec![0; 32];
    top[20] = 1;
    for (id, text) in [(0x0037, subject), (0x1000, words)] {
        put(&format!("/__substg1.0_{id:04X}001F"), &wide(text));
        top.extend(row(id, 0x001F, 0));
    }
    put("/__properties_version1.0", &top);
    file.create_storage("/__attach_version1.0_#00000000").unwrap();
    let mut put = |path: &str, bytes: &[u8]| file.create_stream(path).unwrap().write_all(bytes).unwrap();
    let folder = "/__attach_version1.0_#00000000";
    put(&format!("{folder}/__substg1.0_3707001F"), &wide(name));
    put(&format!("{folder}/__substg1.0_37010102"), bytes);
    let rows = row(0x3705, 3, 1).chain(row(0x3707, 0x001F, 0)).chain(row(0x3701, 0x0102, 0));
    put(&format!("{folder}/__properties_version1.0"), &[0; 8].into_iter().chain(rows).collect::<Vec<u8>>());
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A winmail.dat with one attachment (MS-OXTNEF), in the attributes of before there were MAPI properties.
pub(crate) fn winmail(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x9F, 0x3E, 0x22, 1, 0];
    let mut attribute = |id: u32, data: &[u8]| {
        out.push(2);
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(data);
        out.extend(data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).to_le_bytes());
    };
    attribute(0x0006_9002, &[0; 14]);
    attribute(0x0001_8010, name.as_bytes());
    attribute(0x0006_800F, bytes);
    out
}
