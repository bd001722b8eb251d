use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;

/// How much a document may ask of the reader (`LESSONS.md` C). Beyond any of them it is refused with `limit_exceeded`;
/// every one is a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Entries in a zip container.
    pub zip_entries: usize,
    /// Bytes of all entries together once inflated.
    pub zip_total_bytes: u64,
    /// Bytes of one entry once inflated.
    pub zip_entry_bytes: u64,
    /// Inflated bytes for each compressed byte, for entries above 100 KiB.
    pub zip_ratio: u64,
    /// Nesting of XML elements.
    pub xml_depth: usize,
    /// XML elements kept of one part of a Word document.
    pub xml_nodes: usize,
    /// Sheets in a workbook.
    pub sheets: usize,
    /// Row number of the last value on a sheet.
    pub rows: u32,
    /// Column number of the last value on a sheet.
    pub columns: u32,
    /// Cells of all sheets together, empty ones included.
    pub cells: usize,
    /// Filled cells of a document that may still be a form: beyond, it is data of another kind and not searched.
    pub form_cells: usize,
    /// Bytes of visible text handed back for name look-ups; what is beyond is cut off.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            zip_entries: 1_000,
            zip_total_bytes: 100 * MIB,
            zip_entry_bytes: 50 * MIB,
            zip_ratio: 100,
            xml_depth: 64,
            xml_nodes: 500_000,
            sheets: 50,
            rows: 20_000,
            columns: 256,
            cells: 500_000,
            form_cells: 20_000,
            text_bytes: 1024 * 1024,
        }
    }
}
