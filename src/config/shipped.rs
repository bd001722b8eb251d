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
