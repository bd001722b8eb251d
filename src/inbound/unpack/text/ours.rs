//! Mails of ours that an answer quotes. They ask the questions of our forms and speak of them, and are none.

use super::fresh::starts_quotation;
use super::html_to_text;

/// Every mail of ours ends with this line and its number: "Our reference: S-000123".
const MARK: &str = "our reference: s-";
/// Digits of that number, at least.
const DIGITS: usize = 6;
/// Quotations that are looked for in one page.
const MOST: usize = 60;
/// The header of a quoted mail is not longer, as pages are written.
const HEADER_BYTES: usize = 8 * 1024;

/// A body without the first mail of ours that it quotes and what stands under that, which was there before. Where nothing
/// says that a quotation is ours, but the message answers a mail of ours, it is without its quotations.
pub(in crate::inbound::unpack) fn without_ours(body: &str, is_html: bool, answers_us: bool) -> &str {
    let readable = |part: &str| if is_html { html_to_text(part) } else { part.to_owned() };
    let starts = if is_html { quotations_of_page(body) } else { quotations(body) };
    let ends = starts.iter().skip(1).copied().chain([body.len()]);
    let marked = starts.iter().copied().zip(ends).find(|(from, to)| {
        let part = body.get(*from..*to).unwrap_or_default();
        is_marked(&readable(part))
    });
    let cut = match marked {
        Some((from, _)) => Some(from),
        // It has the mark, and nothing shows where the mail begins.
        None if is_marked(&readable(body)) => Some(0),
        None => starts.first().copied().filter(|_| answers_us),
    };
    cut.and_then(|at| body.get(..at)).unwrap_or(body)
}

fn is_marked(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches(['>', '*', '_', '|', ' ', '\t']).to_lowercase();
        let number = line.strip_prefix(MARK).unwrap_or_default();
        number.chars().take_while(char::is_ascii_digit).count() >= DIGITS
    })
}

/// Where quoted mails begin in a plain text.
fn quotations(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    let places: Vec<usize> = text
        .split_inclusive('\n')
        .map(|line| {
            at += line.len();
            at - line.len()
        })
        .collect();
    let begins = |nth: &usize| starts_quotation(lines.get(*nth..).unwrap_or_default());
    (0..lines.len()).filter(begins).filter_map(|nth| places.get(nth).copied()).collect()
}

/// Where quoted mails begin in a page: at the words that begin one, and at a block that is set apart as quoted.
fn quotations_of_page(html: &str) -> Vec<usize> {
    const WORDS: [&str; 5] = ["<blockquote", "from:", "original message", "original appointment", "forwarded message"];
    let lower = html.to_ascii_lowercase();
    let mut found: Vec<usize> =
        WORDS.iter().flat_map(|word| lower.match_indices(word).take(MOST)).map(|(at, _)| at).collect();
    found.sort_unstable();
    let begins = |at: &usize| {
        let end = (*at..=html.len().min(at + HEADER_BYTES)).rev().find(|end| html.is_char_boundary(*end));
        let part = html.get(*at..end.unwrap_or(*at)).unwrap_or_default();
        let text = html_to_text(part);
        part.starts_with('<') || starts_quotation(&text.lines().collect::<Vec<_>>())
    };
    // "-----Original Message-----" with its dashes.
    let with_dashes = |at: usize| html.get(..at).map_or(at, |before| before.trim_end_matches('-').len());
    found.into_iter().take(MOST).map(with_dashes).filter(begins).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "Surrey Risk Management Meeting, South East\nYour child on the agenda: R-0001\nDate of birth: 22 February 2010\n\
        If unable to attend the RMM, decline.\n\n--------\nSurrey, rmm-se@surrey.example\nOur reference: S-000019\n";
    const HEADER: &str = "From: RMM South East <rmm-se@surrey.example>\nSent: 9 November 2026\nTo: Luke Trevanion\nSubject: please come\n\n";

    fn page(text: &str) -> String {
        text.lines()
            .map(|line| format!("<p>{}</p>\n", line.replace('<', "&lt;").replace("From:", "<b>From:</b>")))
            .collect()
    }

    #[test]
    fn a_quoted_mail_of_ours_is_left_out_however_it_is_quoted() {
        for before in [
            format!("-----Original Message-----\n{HEADER}"),
            "-----Original Message-----\nFrom: RMM South East\n".to_owned(),
            format!("________________________________\n{HEADER}"),
            HEADER.to_owned(),
            "On Mon, 9 Nov 2026 at 10:00, RMM South East <rmm-se@surrey.example> wrote:\n".to_owned(),
        ] {
            let text = format!("I am unable to attend.\nLuke\n\n{before}{OURS}");
            let kept = without_ours(&text, false, false);
            assert!(kept.starts_with("I am unable to attend.\nLuke") && !kept.contains("birth"), "{kept}");
        }
        for before in [format!("-----Original Message-----\n{HEADER}"), HEADER.to_owned()] {
            let html =
                format!("<html><body><p>I am unable to attend.</p><hr><div>{}</div>", page(&format!("{before}{OURS}")));
            let kept = html_to_text(without_ours(&html, true, false));
            assert!(kept.starts_with("I am unable to attend.") && !kept.contains("birth"), "{kept}");
        }
        let html = format!(
            "<p>I cannot come.</p><div>On Mon RMM wrote:</div><BLOCKQUOTE type=cite>{}</BLOCKQUOTE>",
            page(OURS)
        );
        assert_eq!(without_ours(&html, true, false), "<p>I cannot come.</p><div>On Mon RMM wrote:</div>");
        assert_eq!(without_ours(OURS, false, false), "", "nothing shows where it begins");
    }

    #[test]
    fn what_a_colleague_wrote_is_kept_and_what_stands_under_a_mail_of_ours_is_not() {
        let colleagues =
            "From: Pat Worker <pat@surrey.example>\nSent: today\nTo: Luke\nSubject: form\n\nDOB: 01/02/2011\n\n";
        let forwarded = format!("See below.\n\n{colleagues}");
        assert_eq!(without_ours(&forwarded, false, false), forwarded);
        let both = format!("{forwarded}{HEADER}{OURS}\n{colleagues}");
        assert_eq!(without_ours(&both, false, true), forwarded);
        assert_eq!(without_ours(&page(&forwarded), true, false), page(&forwarded));
        // The foot of our mail was cut off: what is quoted in an answer to it is not the sender's.
        assert_eq!(without_ours(&forwarded, false, true), "See below.\n\n");
        let form = "Our reference: S-12\nDOB: 01/02/2011\n";
        assert_eq!(without_ours(form, false, true), form);
    }
}
