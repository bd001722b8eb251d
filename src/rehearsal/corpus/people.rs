//! The invented directory: who sits on the demo's panels, who serves which area, who sends the referrals.
//!
//! A row with panels and no area is a panel's representative; a row with an area and no panel is the child's own team
//! (MC-09); the North West community nurse is both, so that one address never gets the same paper twice.

/// One row of the directory spreadsheet, column by column; lists are separated by `;`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) aliases: &'static str,
    pub(super) role: &'static str,
    pub(super) agency: &'static str,
    pub(super) authority: &'static str,
    pub(super) panels: &'static str,
    pub(super) area: &'static str,
    pub(super) ods_code: &'static str,
    pub(super) postcode: &'static str,
    pub(super) secure: &'static str,
    pub(super) deputy: &'static str,
    pub(super) valid_until: &'static str,
}

/// The spreadsheet's columns, in order.
pub(super) const COLUMNS: [&str; 13] = [
    "name",
    "email",
    "aliases",
    "role",
    "agency",
    "authority",
    "panels",
    "area",
    "ods_code",
    "postcode",
    "secure",
    "deputy",
    "valid_until",
];

impl Row {
    /// The cells in the order of [`COLUMNS`].
    pub(super) fn cells(&self) -> [&'static str; 13] {
        [
            self.name,
            self.email,
            self.aliases,
            self.role,
            self.agency,
            self.authority,
            self.panels,
            self.area,
            self.ods_code,
            self.postcode,
            self.secure,
            self.deputy,
            self.valid_until,
        ]
    }
}

const ST_HELENS: &str = "st-helens";
const SURREY: &str = "surrey";
const MACE: &str = "st-helens-mace";
const NE: &str = "surrey-rmm-ne";
const NW: &str = "surrey-rmm-nw";
const SE: &str = "surrey-rmm-se";
const SW: &str = "surrey-rmm-sw";
const ALL_RMM: &str = "surrey-rmm-ne;surrey-rmm-nw;surrey-rmm-se;surrey-rmm-sw";

const fn row(
    name: &'static str,
    email: &'static str,
    role: &'static str,
    agency: &'static str,
    authority: &'static str,
    panels: &'static str,
    area: &'static str,
) -> Row {
    let none = "";
    Row {
        name,
        email,
        aliases: none,
        role,
        agency,
        authority,
        panels,
        area,
        ods_code: none,
        postcode: none,
        secure: none,
        deputy: none,
        valid_until: none,
    }
}

const fn practice(
    name: &'static str,
    email: &'static str,
    area: &'static str,
    ods: &'static str,
    postcode: &'static str,
) -> Row {
    Row { ods_code: ods, postcode, ..row(name, email, "gp", name, SURREY, "", area) }
}

/// Everyone.
#[rustfmt::skip]
pub(super) const DIRECTORY: &[Row] = &[
    // St Helens MACE.
    Row { deputy: "gareth.pugh@st-helens.example", ..row("Marian Holroyd", "marian.holroyd@st-helens.example", "chair", "Children's Services", ST_HELENS, MACE, "") },
    row("Gareth Pugh", "gareth.pugh@st-helens.example", "deputy-chair", "Children's Services", ST_HELENS, MACE, ""),
    row("Bev Ainscough", "bev.ainscough@st-helens.example", "admin", "MACE business support", ST_HELENS, MACE, ""),
    row("Tom Iddon", "tom.iddon@st-helens.example", "deputy-admin", "MACE business support", ST_HELENS, MACE, ""),
    row("Marian Holroyd", "marian.holroyd@st-helens.example", "approver", "Children's Services", ST_HELENS, MACE, ""),
    row("Children's duty team", "duty@st-helens.example", "duty", "Children's Services", ST_HELENS, MACE, ""),
    row("Sunita Rao", "sunita.rao@st-helens.example", "complex-safeguarding", "Complex Safeguarding", ST_HELENS, MACE, ""),
    Row { aliases: "16204@police.example", ..row("DS Neil Farrimond", "neil.farrimond@police.example", "police", "Police", ST_HELENS, MACE, "") },
    row("Clare Standish", "clare.standish@nhs.example", "health", "Community health", ST_HELENS, MACE, ""),
    row("Patrick Lowe", "patrick.lowe@st-helens.example", "education", "Education welfare", ST_HELENS, MACE, ""),
    row("Olwen Meredith", "olwen.meredith@st-helens.example", "safeguarding-unit", "Safeguarding Unit", ST_HELENS, MACE, ""),
    Row { secure: "yes", ..row("Danny Okoro", "danny.okoro@catch22.example", "catch-22", "Catch 22", ST_HELENS, MACE, "") },
    row("Ruth Pennington", "ruth.pennington@st-helens.example", "community-safety", "Community Safety", ST_HELENS, MACE, ""),
    row("Hannah Birchall", "hannah.birchall@st-helens.example", "social-worker", "Children's Services", ST_HELENS, "", ""),
    row("Dev Chauhan", "dev.chauhan@st-helens.example", "social-worker", "Children's Services", ST_HELENS, "", ""),
    row("Lorna Mather", "lorna.mather@st-helens.example", "social-worker", "Children's Services", ST_HELENS, "", ""),
    row("Stuart Glover", "stuart.glover@st-helens.example", "social-worker", "Children's Services", ST_HELENS, "", ""),
    row("Karen Doyle", "karen.doyle@st-helens.example", "team-manager", "Children's Services", ST_HELENS, "", ""),
    row("Michael Tansey", "michael.tansey@st-helens.example", "advanced-practitioner", "Children's Services", ST_HELENS, "", ""),
    // Surrey RMM: officers of all four quadrants.
    row("Janet Fairweather", "janet.fairweather@surrey.example", "admin", "RMM administration", SURREY, ALL_RMM, ""),
    row("Colin Peake", "colin.peake@surrey.example", "deputy-admin", "RMM administration", SURREY, ALL_RMM, ""),
    row("Children's duty team", "duty@surrey.example", "duty", "Children's Services", SURREY, ALL_RMM, ""),
    // North East.
    Row { deputy: "anil.kapoor@surrey.example", ..row("Philippa Strand", "philippa.strand@surrey.example", "chair", "Children's Services", SURREY, NE, "") },
    row("Anil Kapoor", "anil.kapoor@surrey.example", "deputy-chair", "Children's Services", SURREY, NE, ""),
    row("Philippa Strand", "philippa.strand@surrey.example", "approver", "Children's Services", SURREY, NE, ""),
    row("DS Colette Marsh", "colette.marsh@police.example", "police", "Police", SURREY, NE, ""),
    row("Wendy Abbot", "wendy.abbot@surrey.example", "education", "Education welfare", SURREY, NE, ""),
    row("Grace Mensah", "grace.mensah@nhs.example", "named-nurse-community", "Community health", SURREY, NE, ""),
    row("Dr Ian Prosser", "ian.prosser@nhs.example", "camhs", "CAMHS", SURREY, NE, ""),
    // North West: the community nurse is the panel's representative and the area's nurse in one.
    row("Robert Hale", "robert.hale@surrey.example", "chair", "Children's Services", SURREY, NW, ""),
    row("Nerys Bowen", "nerys.bowen@surrey.example", "deputy-chair", "Children's Services", SURREY, NW, ""),
    row("Robert Hale", "robert.hale@surrey.example", "approver", "Children's Services", SURREY, NW, ""),
    row("DS Amir Siddiqui", "amir.siddiqui@police.example", "police", "Police", SURREY, NW, ""),
    row("Fiona Crabtree", "fiona.crabtree@surrey.example", "education", "Education welfare", SURREY, NW, ""),
    row("Beatrice Lund", "beatrice.lund@nhs.example", "named-nurse-community", "Community health", SURREY, NW, "North West"),
    row("Dr Saira Malik", "saira.malik@nhs.example", "camhs", "CAMHS", SURREY, NW, ""),
    // South East.
    row("Valerie Onslow", "valerie.onslow@surrey.example", "chair", "Children's Services", SURREY, SE, ""),
    row("Martin Tew", "martin.tew@surrey.example", "deputy-chair", "Children's Services", SURREY, SE, ""),
    row("Valerie Onslow", "valerie.onslow@surrey.example", "approver", "Children's Services", SURREY, SE, ""),
    row("DS Paula Quirke", "paula.quirke@police.example", "police", "Police", SURREY, SE, ""),
    row("Derek Salter", "derek.salter@surrey.example", "education", "Education welfare", SURREY, SE, ""),
    row("Monica Adeyemi", "monica.adeyemi@nhs.example", "named-nurse-community", "Community health", SURREY, SE, ""),
    row("Dr Huw Rees", "huw.rees@nhs.example", "camhs", "CAMHS", SURREY, SE, ""),
    // South West: the education member leaves on 20 November; her successor is listed.
    row("Simon Thackeray", "simon.thackeray@surrey.example", "chair", "Children's Services", SURREY, SW, ""),
    row("Yvonne Carey", "yvonne.carey@surrey.example", "deputy-chair", "Children's Services", SURREY, SW, ""),
    row("Simon Thackeray", "simon.thackeray@surrey.example", "approver", "Children's Services", SURREY, SW, ""),
    row("DS Craig Muir", "craig.muir@police.example", "police", "Police", SURREY, SW, ""),
    Row { valid_until: "2026-11-20", ..row("Lesley Dunmore", "lesley.dunmore@surrey.example", "education", "Education welfare", SURREY, SW, "") },
    row("Priti Vora", "priti.vora@surrey.example", "education", "Education welfare", SURREY, SW, ""),
    row("Angela Sturt", "angela.sturt@nhs.example", "named-nurse-community", "Community health", SURREY, SW, ""),
    row("Dr Tessa Blaine", "tessa.blaine@nhs.example", "camhs", "CAMHS", SURREY, SW, ""),
    // The children's own health teams, by area.
    row("Rosalind Keane", "rosalind.keane@nhs.example", "named-nurse-acute", "Acute trust, north", SURREY, "", "North East;North West"),
    row("Joan Whitty", "joan.whitty@nhs.example", "named-nurse-acute", "Acute trust, south", SURREY, "", "South East;South West"),
    row("North East school nursing", "ne.school.nursing@nhs.example", "named-nurse-community", "Community health", SURREY, "", "North East"),
    row("South East school nursing", "se.school.nursing@nhs.example", "named-nurse-community", "Community health", SURREY, "", "South East"),
    row("South West school nursing", "sw.school.nursing@nhs.example", "named-nurse-community", "Community health", SURREY, "", "South West"),
    row("Sexual health safeguarding", "sexual.health.safeguarding@nhs.example", "sexual-health", "Sexual health", SURREY, "", ""),
    row("CAMHS north duty", "camhs.north@nhs.example", "camhs", "CAMHS", SURREY, "", "North East;North West"),
    row("CAMHS south duty", "camhs.south@nhs.example", "camhs", "CAMHS", SURREY, "", "South East;South West"),
    row("Adult community mental health", "acmht.safeguarding@nhs.example", "adult-mental-health", "Adult mental health", SURREY, "", ""),
    practice("Harbour Lane Surgery", "harbourlane.safeguarding@nhs.example", "North East", "Z99001", "ZZ11 1AA"),
    practice("The Old Mill Practice", "oldmill.safeguarding@nhs.example", "North East", "Z99002", "ZZ11 2AB"),
    practice("Beacon Hill Medical Centre", "beaconhill.safeguarding@nhs.example", "North West", "Z99003", "ZZ12 1BA"),
    practice("Station Road Surgery", "stationroad.safeguarding@nhs.example", "North West", "Z99004", "ZZ12 3BD"),
    practice("Priory Park Surgery", "priorypark.safeguarding@nhs.example", "South East", "Z99005", "ZZ13 1CA"),
    practice("Dr Venn and Partners", "vennpartners.safeguarding@nhs.example", "South East", "Z99006", "ZZ13 4CE"),
    practice("Wharf Street Health Centre", "wharfstreet.safeguarding@nhs.example", "South West", "Z99007", "ZZ14 1DA"),
    practice("Larkfield Practice", "larkfield.safeguarding@nhs.example", "South West", "Z99008", "ZZ14 2DF"),
    // Who sends the referrals.
    row("Naomi Eddowes", "naomi.eddowes@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    Row { aliases: "b.achebe@surrey.example", ..row("Ben Achebe", "ben.achebe@surrey.example", "social-worker", "Children's Services", SURREY, "", "") },
    row("Catrin Vaughan", "catrin.vaughan@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    row("Luke Trevanion", "luke.trevanion@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    row("Zainab Hussain", "zainab.hussain@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    row("Peter Maddox", "peter.maddox@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    row("Orla Devine", "orla.devine@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    row("Graham Sewell", "graham.sewell@surrey.example", "social-worker", "Children's Services", SURREY, "", ""),
    row("Alison Brock", "alison.brock@surrey.example", "team-manager", "Children's Services", SURREY, "", ""),
    row("Femi Balogun", "femi.balogun@surrey.example", "team-manager", "Children's Services", SURREY, "", ""),
];

/// Somebody who writes a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Writer {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    /// As under the signature.
    pub(super) title: &'static str,
}

impl Writer {
    /// The address's domain.
    pub(super) fn domain(&self) -> &'static str {
        self.email.split_once('@').map_or("mail.example", |(_, domain)| domain)
    }
}

/// A writer by the local part of a directory address or by a whole address that is not in the directory.
pub(super) fn writer(who: &'static str) -> Writer {
    let listed = DIRECTORY.iter().find(|row| row.email == who || row.email.split('@').next() == Some(who));
    let title = |role: &str| match role {
        "social-worker" => "Social Worker",
        "team-manager" => "Team Manager",
        "advanced-practitioner" => "Advanced Practitioner",
        "gp" => "Practice safeguarding lead",
        "education" => "Education Welfare",
        _ => "Safeguarding",
    };
    match listed {
        Some(row) => Writer { name: row.name, email: row.email, title: title(row.role) },
        None => Writer { name: who.split('@').next().unwrap_or(who), email: who, title: "" },
    }
}
