//! For each key that must be there: the line to write.

/// What to write where this key is missing.
pub(super) fn of(key: &str) -> String {
    let line = match key {
        "cutoff" => {
            return "Say when papers must be in; no cut-off is ever invented (BD-14). Write for example\n\
                    [cutoff]\nrule = \"weekday-before\"\nweekday = \"thursday\"\nor\n\
                    [cutoff]\nrule = \"working-days-before\"\ndays = 2"
                .to_owned();
        }
        "pack" => {
            "[pack] with rule = \"at-cutoff\", or rule = \"next-working-day\", time = \"12:00\", early_time = \"15:00\""
        }
        "series" => "[series] with start = \"2025-01-14T10:00\" and rrule = \"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU\"",
        "start" => "start = \"2025-01-14T10:00\", the first meeting in London time",
        "rrule" => "rrule = \"FREQ=WEEKLY;BYDAY=TU\" (RFC 5545)",
        "rule" => "rule = \"…\" with the name of the rule, as in the shipped profiles",
        "late" => "late = \"next_meeting\" or late = \"ask_chair\"",
        "authority" => "authority = \"st-helens\", a short name for the authority whose children these are",
        "authority_name" => "authority_name = \"St Helens\"",
        "domains" => "domains = [\"st-helens.example\"], the e-mail domains of the authority's own workers",
        "mailboxes" => "mailboxes = [\"…\"] with the id of a [[mailbox]] of dutyclerk.toml",
        "from" => "from = \"panel@authority.example\", the address mail is sent from",
        "emergency" => "emergency = \"…\" with the number to ring when a child is in danger (SH-23)",
        "location" => "location = \"…\", where the panel meets",
        "core_roles" => "core_roles = [\"chair\", \"police\", …], the roles that get the whole pack",
        "sections" => "[[sections]] with id = \"new\", title = \"New referrals\", minutes = 15, and so on",
        "scale" => "[[scale]] with id = \"emerging\", title = \"Emerging\" and its review window",
        "assessment_age" => "assessment_age = { days = 28 } or { months = 3 }",
        "session_minutes" => "session_minutes = 180",
        "accepts" => "accepts = [\"…\"] with the ids of the forms the panel takes",
        "working_hours" => "working_hours = { start = \"09:00\", end = \"17:00\" }",
        "alerts" => "alerts = { owner = \"admin\", deputy = \"deputy-admin\", chair = \"chair\" }",
        "panels" => "panels = [\"st-helens-mace\"], the panels to run; each has a file in panels/",
        "address" => "address = \"panel@authority.example\"",
        "path" => "path = \"…\", the folder the mailbox is in",
        "reason" => "reason = \"…\", why the domain may have papers; auditors ask",
        "store" => "[store] with state = \"../state\"",
        _ => return format!("Write `{key} = …`; the shipped profiles show it in use."),
    };
    format!("Write {line}.")
}
