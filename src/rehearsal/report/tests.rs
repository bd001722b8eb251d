//! The page made from files written here.

use super::*;
use jiff::Timestamp;
use std::fs;

fn line(text: &str) -> String {
    format!("{text}\n")
}

fn sent(n: usize, kind: &str, meeting: &str) -> String {
    line(&format!(
        r#"{{"n":{n},"ref":"S-{n:06}","at":"2026-11-20T10:00:00+00:00","kind":"{kind}","panel":"surrey-rmm-ne","meeting_id":"{meeting}","from":"rmm@surrey.example","to":["a@surrey.example"],"children":["R-0042"],"part":null,"file":"sent/{n:04}.eml"}}"#
    ))
}

/// An output folder with so many mails, their subjects and HTML hostile.
fn folder(mails: usize) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    let path = out.path();
    fs::create_dir(path.join("sent")).unwrap();
    let mut list = String::new();
    for n in 1..=mails {
        list += &sent(n, "acknowledgement", "surrey-rmm-ne/2026-11-24");
        let mail = "From: RMM <rmm@surrey.example>\r\nTo: \"<script>alert(1)</script>\" <a@surrey.example>\r\n\
             Subject: </title><script>alert(2)</script>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n\
             --x\r\nContent-Type: text/plain\r\n\r\n</pre><script>alert(3)</script>\r\n--x\r\n\
             Content-Type: text/html\r\n\r\n<p title='\"'>Hello</p>\"><script src=\"https://evil.example/x.js\"></script>\r\n--x--\r\n\
             --m\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"<img src=x>.xlsx\"\r\n\r\n\
             1234\r\n--m--\r\n";
        fs::write(path.join(format!("sent/{n:04}.eml")), mail).unwrap();
    }
    let received = r#"{"mailbox":"<b>box</b>","file":"1","sha256":"00","arrived_at":"2026-11-20T09:00:00+00:00","fate":"accepted","reason":"<script>alert(4)</script>","refs":["M-000001","R-0042","S-000001"],"panel":"surrey-rmm-ne","meeting_id":"surrey-rmm-ne/2026-12-01","documents":[{"path":"2","sha256":"00"}]}"#;
    let decided = r#"{"at":"2026-11-20T09:00:00+00:00","event":"paper.decided","rule":"SY-07","reason":"R-0042: after the cut-off of surrey-rmm-ne/2026-11-24, listed at surrey-rmm-ne/2026-12-01","refs":["M-000001","R-0042","surrey-rmm-ne/2026-12-01"]}"#;
    let frozen =
        r#"{"at":"2026-11-20T09:00:00+00:00","event":"mail.frozen","rule":"SY-07","reason":"x","refs":["S-000001"]}"#;
    let held = r#"{"ref":"H-0001","at":"2026-11-20T09:00:00+00:00","kind":"x","rule":"MC-32","state":"open","panel":null,"meeting_id":null,"refs":[],"why":"<script>alert(5)</script>","advice":"look"}"#;
    fs::write(path.join("sent.jsonl"), list).unwrap();
    fs::write(path.join("received.jsonl"), line(received)).unwrap();
    fs::write(path.join("journal.jsonl"), line(frozen) + &line(decided)).unwrap();
    fs::write(path.join("held.jsonl"), line(held)).unwrap();
    fs::write(path.join("ledger.json"), r#"{"<i>box</i>": {"received": 1, "accepted": 1}}"#).unwrap();
    out
}

fn page(out: &Path) -> String {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    write(out, &BTreeMap::new(), at("2026-11-16T00:00:00Z"), at("2026-11-30T00:00:00Z")).unwrap();
    fs::read_to_string(out.join(REPORT)).unwrap()
}

#[test]
fn hostile_text_is_shown_and_never_run() {
    let out = folder(2);
    let page = page(out.path());
    let own = page.matches("<script").count();
    assert_eq!(own, 1, "only the page's own");
    assert!(!page.contains("alert(2)</script>") && page.contains("alert(2)&lt;"), "the subject");
    assert!(!page.contains("<img") && !page.contains("<b>box") && !page.contains("<i>box"), "names and mailboxes");
    assert!(page.contains("&lt;img src=x&gt;.xlsx"), "the attachment's name is shown");
    // The mail's HTML stands whole in its frame's attribute: no quotation mark of its own ends it.
    let frames: Vec<&str> = page.split("<iframe ").skip(1).map(|rest| rest.split_once('>').unwrap().0).collect();
    assert_eq!(frames.len(), 2);
    for frame in frames {
        assert!(frame.starts_with("sandbox loading=\"lazy\""), "{frame}");
        assert_eq!(frame.matches('"').count(), 6, "{frame}");
        assert!(frame.contains("evil.example"), "{frame}");
    }
}

#[test]
fn the_page_loads_nothing_from_outside() {
    let page = page(folder(1).path());
    assert!(page.contains("default-src 'none'"), "a mail in a frame may fetch nothing either");
    let own: String =
        page.split("<iframe ").map(|piece| piece.split_once("</iframe>").map_or(piece, |p| p.1)).collect();
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "<base"] {
        assert!(!own.replace("&lt;img src=x", "").contains(outside), "{outside}");
    }
}

#[test]
fn a_late_paper_stands_in_the_timeline_of_the_meeting_it_missed_and_of_the_one_it_is_heard_at() {
    let page = page(folder(1).path());
    let timeline = |id: &str| {
        let (_, rest) = page.split_once(&format!("<details id=\"{}\"", id.replace('/', "&#x2f;"))).unwrap();
        rest.split_once("</details>").unwrap().0.to_owned()
    };
    let missed = timeline("surrey-rmm-ne/2026-11-24");
    assert!(
        missed.contains("<li class=\"late\">") && missed.contains("M-000001 came in: R-0042: after the cut-off"),
        "{missed}"
    );
    let heard = timeline("surrey-rmm-ne/2026-12-01");
    assert!(heard.contains("<li class=\"received\">") && heard.contains("(SY-07)"), "{heard}");
}

#[test]
fn a_big_rehearsals_page_stays_light_and_says_so() {
    let page = page(folder(FULL + 3).path());
    assert_eq!(page.matches("<iframe ").count(), FULL);
    assert!(page.contains(&format!("The first {FULL} of {} are shown whole", FULL + 3)));
    for n in 1..=FULL + 3 {
        assert!(page.contains(&format!("id=\"S-{n:06}\"")), "S-{n:06}");
    }
    assert!(page.contains(&format!("sent&#x2f;{:04}.eml\"", FULL + 3)));
}
