//! What the program brings with it: used where the configuration folder has no file of that name.

/// `dutyclerk.toml` as shipped. Never used by itself: an installation must say which panels it serves.
pub const DUTYCLERK: &str = include_str!("../../config/dutyclerk.toml");

/// The sample directory: invented people, for the demo and for seeing the columns. Never used by itself.
pub const DIRECTORY: &str = include_str!("../../config/directory.csv");

/// GOV.UK's bank holidays 2025–2028.
pub(super) const BANK_HOLIDAYS: &str = include_str!("../../config/bank-holidays.json");

/// Profiles, by id.
pub const PANELS: &[(&str, &str)] = &[
    ("st-helens-mace", include_str!("../../config/panels/st-helens-mace.toml")),
    ("surrey-rmm", include_str!("../../config/panels/surrey-rmm.toml")),
    ("surrey-rmm-ne", include_str!("../../config/panels/surrey-rmm-ne.toml")),
    ("surrey-rmm-nw", include_str!("../../config/panels/surrey-rmm-nw.toml")),
    ("surrey-rmm-se", include_str!("../../config/panels/surrey-rmm-se.toml")),
    ("surrey-rmm-sw", include_str!("../../config/panels/surrey-rmm-sw.toml")),
    ("blackburn-macse", include_str!("../../config/panels/blackburn-macse.toml")),
    ("macse-generic", include_str!("../../config/panels/macse-generic.toml")),
    ("nottinghamshire", include_str!("../../config/panels/nottinghamshire.toml")),
];

/// Form tables, by id, and the labels they share; the reader of forms parses them.
pub(super) const FORMS: &[(&str, &str)] = &[
    ("common", include_str!("../../config/forms/common.toml")),
    ("surrey-rat", include_str!("../../config/forms/surrey-rat.toml")),
    ("st-helens-ce-assessment", include_str!("../../config/forms/st-helens-ce-assessment.toml")),
    ("surrey-rmm-recording-template", include_str!("../../config/forms/surrey-rmm-recording-template.toml")),
    ("screening-tool", include_str!("../../config/forms/screening-tool.toml")),
    ("return-home-interview", include_str!("../../config/forms/return-home-interview.toml")),
    ("outcome-sheet", include_str!("../../config/forms/outcome-sheet.toml")),
];
