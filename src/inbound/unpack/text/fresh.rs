//! What the sender newly wrote: the body without quoted originals, greeting, signature and disclaimers.
//!
//! Erring is not symmetrical. A signature taken for news costs a reader a glance; news taken for a signature hides "do not
//! share this with the mother" (LESSONS D). So a line that could matter is kept wherever it stands outside a quotation.

/// The new part of a body; empty when there is only greeting, signature and quotation.
pub fn new_text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let end = (0..lines.len()).find(|at| starts_quotation(lines.get(*at..).unwrap_or_default())).unwrap_or(lines.len());
    let mut lines = lines.get(..end).unwrap_or_default();
    // The rule that Outlook draws above an original belongs to it.
    while lines.last().is_some_and(|last| last.chars().all(|c| c == '_' || c == ' ')) {
        lines = lines.get(..lines.len() - 1).unwrap_or_default();
    }
    let kept = lines.iter().copied().filter(|line| !line.trim_start().starts_with('>'));
    let kept = without_boilerplate(&kept.collect::<Vec<_>>());
    let kept = without_signature(&without_greeting(&kept));
    super::tidy(&kept.join("\n")).trim().to_owned()
}

/// Does a quoted or forwarded original begin with the first of these lines?
pub(super) fn starts_quotation(lines: &[&str]) -> bool {
    let Some(first) = lines.first() else { return false };
    let bare = first.trim_matches(|c: char| c.is_whitespace() || c == '*' || c == '_').to_lowercase();
    let core = bare.trim_matches(|c: char| c == '-' || c.is_whitespace());
    let dashed = bare.starts_with("--") && core.len() < bare.len();
    if dashed && ["original message", "forwarded message", "original appointment"].contains(&core) {
        return true;
    }
    if core == "begin forwarded message:" {
        return true;
    }
    bare.starts_with("from:") && is_header_block(lines) || (bare.starts_with("on ") && is_attribution(lines))
}

/// Outlook quotes with the original's header: `From: … Sent: … To: … Subject: …`.
fn is_header_block(lines: &[&str]) -> bool {
    let next = lines.iter().skip(1).filter(|line| !line.trim().is_empty()).take(6);
    let names = ["sent:", "date:", "to:", "cc:", "subject:", "importance:"];
    let found = next.filter(|line| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == '*').to_lowercase();
        names.iter().any(|name| line.starts_with(name))
    });
    found.count() >= 2
}

/// `On 9 Jun 2026, at 10:00, Jo Bloggs <…> wrote:`, over up to three lines.
fn is_attribution(lines: &[&str]) -> bool {
    let mut joined = String::new();
    for line in lines.iter().take(3).take_while(|line| !line.trim().is_empty()) {
        joined.push_str(line.trim());
        joined.push(' ');
        let said = joined.trim_end();
        if said.ends_with("wrote:") {
            return said.len() < 400 && said.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@');
        }
    }
    false
}

/// Openings of paragraphs that systems add, not people.
const DISCLAIMERS: [&str; 18] = [
    "this email and any",
    "this e-mail and any",
    "this message and any",
    "this email is confidential",
    "this e-mail is confidential",
    "the information in this e",
    "the information contained in this",
    "the contents of this e",
    "this email, and any",
    "if you are not the intended",
    "if you have received this",
    "intended solely for",
    "disclaimer",
    "consider the environment",
    "scanned for viruses",
    "checked for viruses",
    "recorded and/or monitored",
    "under the freedom of information act",
];
/// Parts of lines that gateways and telephones add.
const BANNERS: [&str; 12] = [
    "originated from outside",
    "do not click links",
    "do not click on links",
    "recognise the sender",
    "know the content is safe",
    "often get email from",
    "why this is important",
    "sent from my ",
    "get outlook for",
    "sent from outlook for",
    "sent from mail for windows",
    "this message was sent securely",
];

fn without_boilerplate<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let mut kept = Vec::new();
    for paragraph in lines.split(|line| line.trim().is_empty()) {
        let said = paragraph.join(" ").to_lowercase();
        let start: String = said.trim_start_matches(|c: char| !c.is_alphanumeric()).chars().take(160).collect();
        if !DISCLAIMERS.iter().any(|words| start.contains(words)) {
            let banner = |line: &&&str| !BANNERS.iter().any(|words| line.to_lowercase().contains(words));
            kept.extend(paragraph.iter().filter(banner).copied());
        }
        kept.push("");
    }
    kept
}

const GREETINGS: [&str; 12] = [
    "hi",
    "hello",
    "hiya",
    "hey",
    "dear",
    "good morning",
    "good afternoon",
    "good evening",
    "morning",
    "afternoon",
    "to whom it may concern",
    "greetings",
];

/// Takes a greeting off the first line with words: the line, or what stands before its comma.
fn without_greeting<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let mut lines = lines.to_vec();
    let Some(first) = lines.iter_mut().find(|line| !line.trim().is_empty()) else { return lines };
    let said = first.trim().to_lowercase();
    let greeted =
        |words: &&&str| said.strip_prefix(**words).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
    if GREETINGS.iter().find(greeted).is_some() {
        let (greeting, rest) = first.split_once(',').unwrap_or((first, ""));
        let short = |text: &str| text.split_whitespace().count() <= 5 && !matters(text);
        if short(first) {
            *first = "";
        } else if short(greeting) && !rest.trim().is_empty() {
            *first = rest.trim_start();
        }
    }
    lines
}

const CLOSINGS: [&str; 22] = [
    "regards",
    "kind regards",
    "kindest regards",
    "best regards",
    "warm regards",
    "warmest regards",
    "with regards",
    "many thanks",
    "thanks",
    "thank you",
    "with thanks",
    "thanks in advance",
    "thank you in advance",
    "many thanks and kind regards",
    "thanks and regards",
    "best wishes",
    "all the best",
    "yours sincerely",
    "yours faithfully",
    "cheers",
    "kr",
    "best",
];

/// After a closing phrase or `-- `, drops the lines that look like a signature.
fn without_signature<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let mut closed = false;
    let mut kept = Vec::new();
    for line in lines {
        let said = line.trim().to_lowercase();
        let said = said.trim_matches(|c: char| !c.is_alphanumeric());
        if line.trim() == "--" || CLOSINGS.contains(&said) {
            closed = true;
        } else if !closed || line.trim().is_empty() || !is_signature(line) {
            kept.push(*line);
        }
    }
    kept
}

/// Words of job titles and teams, which are often not capitalised.
const TITLES: [&str; 24] = [
    "worker",
    "practitioner",
    "manager",
    "officer",
    "team",
    "service",
    "services",
    "council",
    "admin",
    "administrator",
    "coordinator",
    "nurse",
    "consultant",
    "social",
    "senior",
    "children",
    "assistant",
    "and",
    "of",
    "the",
    "for",
    "safeguarding",
    "she",
    "he",
];

/// A name, title, address or telephone line: capitalised words or numbers for the most part, and not a sentence.
fn is_signature(line: &str) -> bool {
    if matters(line) {
        return false;
    }
    let lower = line.to_lowercase();
    if ["www.", "http://", "https://", "@"].iter().any(|sign| lower.contains(sign))
        && line.split_whitespace().count() <= 8
    {
        return true;
    }
    let words: Vec<&str> =
        line.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty()).collect();
    let sentence = words.len() >= 5 && line.trim_end().ends_with(['.', '!', '?']);
    let like_a_name = |word: &&&str| {
        let stem = word.to_lowercase();
        !word.starts_with(char::is_lowercase) || TITLES.contains(&stem.trim_end_matches("'s"))
    };
    !sentence && words.len() <= 14 && 2 * words.iter().filter(like_a_name).count() >= words.len()
}

/// Could this line change who may see a paper, or how soon it is wanted? Then it is never a greeting or signature.
fn matters(line: &str) -> bool {
    let said = line.to_lowercase();
    [
        "do not",
        "don't",
        "don’t",
        "not to be",
        "share",
        "urgent",
        "immediate",
        "danger",
        "withdraw",
        "correct",
        "moved",
        "died",
        "missing now",
        "999",
        "asap",
        "today",
    ]
    .iter()
    .any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_covering_note_is_left_of_an_outlook_mail() {
        let text = "CAUTION: This email originated from outside the organisation. Do not click links unless you recognise the sender.\n\n\
            Hi Jo,\n\nHe has moved to Leeds since this was written.\n\nKind regards\n\nAlex Example\nSocial worker\n\
            Surrey Children's Services\n01483 000000 | alex@surrey.example\n\n\
            This email and any attachments are confidential and\nintended solely for the addressee.\n\n\
            From: Jo <jo@st-helens.example>\nSent: 9 June 2026 10:00\nTo: Alex\nSubject: RAT\n\nurgent danger";
        assert_eq!(new_text(text), "He has moved to Leeds since this was written.");
    }

    #[test]
    fn quotations_of_each_program_are_cut() {
        for quotation in [
            "-----Original Message-----\nFrom: x",
            "---------- Forwarded message ---------\nFrom: x",
            "Begin forwarded message:\n\nFrom: x",
            "On Tue, 9 Jun 2026 at 10:00, Jo <jo@st-helens.example> wrote:\n\n> old",
            "On Tue, 9 Jun 2026 at 10:00, Jo Bloggs\n<jo@st-helens.example>\nwrote:\n> old",
            "________________________________\nFrom: Jo\nSent: today\nTo: x\nSubject: y",
            "*From:* Jo\n*Date:* today\n*To:* x\n*Subject:* y",
            "> old\n> > older",
        ] {
            let text = format!("Please see the form attached.\n\n{quotation}\nold words");
            let fresh = new_text(&text);
            let quoted_only = quotation.starts_with("> old");
            let want = if quoted_only {
                "Please see the form attached.\n\nold words"
            } else {
                "Please see the form attached."
            };
            assert_eq!(fresh, want, "{quotation}");
        }
    }

    #[test]
    fn greeting_and_signature_alone_are_nothing_new() {
        for text in [
            "",
            "Good morning all,\n\nKind regards,\nJo Bloggs\nTeam Manager",
            "Dear Sir or Madam\n\nThanks\nJo",
            "Hello\n-- \nJo Bloggs\nSt Helens Council",
            "\n\nSent from my iPhone",
        ] {
            assert_eq!(new_text(text), "", "{text:?}");
        }
    }

    #[test]
    fn what_may_matter_is_never_taken_for_a_signature() {
        let text = "Hi,\n\nForm attached.\n\nThanks\nJo\n\nDo Not Share With Mum\n\nthe child is now with nan\nPlease ring me when you have read it.";
        let want = "Form attached.\n\nDo Not Share With Mum\n\nthe child is now with nan\nPlease ring me when you have read it.";
        assert_eq!(new_text(text), want);
        assert_eq!(new_text("Hi urgent please"), "Hi urgent please");
        assert_eq!(new_text("Hi Jo, please find the form attached."), "please find the form attached.");
        assert_eq!(new_text("Hidden harm is the worry."), "Hidden harm is the worry.");
        assert_eq!(new_text("From: the start\nwe worried"), "From: the start\nwe worried");
        assert_eq!(new_text("On Monday she wrote: help"), "On Monday she wrote: help");
    }
}
