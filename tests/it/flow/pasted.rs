//! A form that stands in the message's own text.

use crate::harness::{Story, child, letter, rat};
use dutyclerk::daemon::Release;

const VIKTOR: &str = "viktor.sowerby@surrey.example";

#[test]
fn mc_32_a_form_pasted_into_the_message_lists_its_child_and_waits_for_a_person() {
    let maisie = child(140, "Maisie Thornquist");
    let html = format!(
        "<html><body><p>Hi Sam,</p><p>Please do not mention the caravan to mum. Form below.</p>\
         <p>Exploited and Missing Child Risk Assessment Tool</p><table>\
         <tr><td>Child's name</td><td>{}</td><td>DOB</td><td>{}</td></tr>\
         <tr><td>LCS Number</td><td>{}</td><td>NHS Number</td><td>{}</td></tr>\
         <tr><td>Date of risk assessment</td><td>02/11/2026</td><td>CURRENT CE Risk Rating</td><td>Significant</td></tr>\
         <tr><td>Name of Lead Professional</td><td>Viktor Sowerby</td><td>Manager</td><td>Keir Nettleton</td></tr>\
         </table></body></html>",
        maisie.name,
        maisie.born.strftime("%d/%m/%Y"),
        maisie.lcs,
        maisie.nhs
    );
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T09:59:00").content("text/html; charset=utf-8", &html))
        .simulate("2026-11-23", "2026-11-25T09:00:00");
    assert_eq!(r.held[0].kind, "pasted_form", "{}", r.overview());
    let asked = r.answer("001.eml");
    for words in [
        "The form stands in the text of an e-mail",
        "counts as received now",
        "Please send it as a document too",
        "Wed 25 November 2026",
    ] {
        assert!(asked.says(words), "{words}: {}", asked.text);
    }
    let pack = r.only("agenda");
    assert!(
        pack.contents.is_empty() && pack.says("aper to follow"),
        "what else was written goes to nobody: {}",
        pack.text
    );
}

#[test]
fn a_form_in_plain_text_goes_when_a_person_lets_it() {
    let maisie = child(141, "Maisie Thornquist");
    let text = format!(
        "Exploited and Missing Child Risk Assessment Tool\nChild's name: {}\nDOB: {}\nLCS Number: {}\nNHS Number: {}\n\
         Date of risk assessment: 02/11/2026\nCURRENT CE Risk Rating: Significant\nName of Lead Professional: Viktor Sowerby",
        maisie.name,
        maisie.born.strftime("%d/%m/%Y"),
        maisie.lcs,
        maisie.nhs
    );
    let mut mail = letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").content("text/plain; charset=utf-8", &text);
    mail.packed.push(text.into_bytes());
    let mut live = Story::new("surrey-rmm-se").about([&maisie]).mail(&mail).live("2026-11-19", "2026-11-25T09:00:00");
    live.until("2026-11-20T12:00:00");
    live.release("H-0001", Release::default());
    let r = live.finish();
    assert_eq!(r.only("agenda").contents, mail.packed, "{}", r.overview());
}

#[test]
fn an_ordinary_covering_note_is_no_form() {
    let maisie = child(142, "Maisie Thornquist");
    let r =
        Story::new("surrey-rmm-se")
            .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").content(
                "text/plain",
                &format!("Is {} (date of birth 3 March 2010) on the list?\nThanks", maisie.name),
            ))
            .simulate("2026-11-19", "2026-11-20");
    assert_eq!(r.held[0].kind, "no_document", "{}", r.overview());
}

#[test]
fn sy_14_a_mail_of_ours_that_an_apology_quotes_is_no_form() {
    let maisie = child(143, "Maisie Thornquist");
    let said = "I am unable to attend the meeting on Wednesday. Keir Nettleton will attend in my place.";
    let header = "From: RMM South East <rmm-se@surrey.example>\nSent: 23 November 2026 10:00\nTo: Viktor Sowerby\nSubject: please come\n\n";
    let page = |text: &str| format!("<p>{}</p>", text.replace('<', "&lt;").replace('\n', "<br>\n"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-11-26T09:00:00");
    live.until("2026-11-24T09:00:00");
    let extract = live.so_far().only("extract").clone();
    assert!(
        extract.says("Date of birth") && extract.says("update form"),
        "it could be taken for one: {}",
        extract.text
    );
    let answers = [
        ("text/plain", format!("{said}\n\n-----Original Message-----\n{header}{}", extract.text)),
        ("text/plain", format!("{said}\n\n________________________________\n{header}{}", extract.text)),
        ("text/plain", format!("{said}\n\n{header}{}", extract.text)),
        (
            "text/html",
            format!("<html><body>{}<hr><div>{}</div></body></html>", page(said), page(header) + &extract.html),
        ),
    ];
    for (minute, (content_type, body)) in answers.iter().enumerate() {
        let answer = letter("surrey-rmm-se", VIKTOR, &format!("2026-11-24T09:{:02}:00", minute + 10))
            .subject("RE: please come")
            .header("In-Reply-To", &format!("<{}>", extract.message_id))
            .content(&format!("{content_type}; charset=utf-8"), body);
        live.deliver(&answer);
    }
    let r = live.finish();
    let kinds: Vec<&str> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(kinds, ["apology"; 4], "{}", r.overview());
}

#[test]
fn a_form_in_a_colleagues_mail_that_is_passed_on_is_read() {
    let maisie = child(144, "Maisie Thornquist");
    let text = format!(
        "Please see below.\n\nFrom: Keir Nettleton <keir.nettleton@surrey.example>\nSent: 18 November 2026 10:00\nTo: Viktor Sowerby\n\
         Subject: the form\n\nExploited and Missing Child Risk Assessment Tool\nChild's name: {}\nDOB: {}\nLCS Number: {}\nNHS Number: {}\n\
         Date of risk assessment: 02/11/2026\nCURRENT CE Risk Rating: Significant\nName of Lead Professional: Viktor Sowerby\n",
        maisie.name,
        maisie.born.strftime("%d/%m/%Y"),
        maisie.lcs,
        maisie.nhs
    );
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").content("text/plain; charset=utf-8", &text))
        .simulate("2026-11-19", "2026-11-20");
    assert_eq!(r.held[0].kind, "pasted_form", "{}", r.overview());
}

#[test]
fn a_form_in_the_text_of_an_attached_mail_is_read_and_the_covering_note_stays_the_senders() {
    let maisie = child(145, "Maisie Thornquist");
    let inner = format!(
        "From: Keir Nettleton <keir.nettleton@surrey.example>\r\nTo: Viktor Sowerby <{VIKTOR}>\r\nSubject: for the panel\r\n\
         Message-ID: <k1@surrey.example>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <html><body><p>Viktor, please keep this from her school.</p><p>Exploited and Missing Child Risk Assessment Tool</p><table>\
         <tr><td>Child's name</td><td>{}</td><td>DOB</td><td>{}</td></tr>\
         <tr><td>LCS Number</td><td>{}</td><td>NHS Number</td><td>{}</td></tr>\
         <tr><td>Date of risk assessment</td><td>02/11/2026</td><td>CURRENT CE Risk Rating</td><td>Significant</td></tr>\
         <tr><td>Name of Lead Professional</td><td>Viktor Sowerby</td><td>Manager</td><td>Keir Nettleton</td></tr>\
         </table></body></html>",
        maisie.name,
        maisie.born.strftime("%d/%m/%Y"),
        maisie.lcs,
        maisie.nhs
    );
    let attached = |inner: &str| {
        let mixed = format!(
            "--o\r\nContent-Type: text/plain\r\n\r\nPlease see the attached.\r\n\
             --o\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--o--\r\n"
        );
        letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").content("multipart/mixed; boundary=o", &mixed)
    };
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&attached(&inner))
        .simulate("2026-11-19", "2026-11-20T09:00:00");
    assert_eq!(r.held[0].kind, "pasted_form", "{}", r.overview());
    assert!(r.answer("001.eml").says("The form stands in the text of an e-mail"), "{}", r.answer("001.eml").text);
    let ours = [
        inner.replace("Subject: for", "X-Dutyclerk-Ref: S-000009\r\nX-Dutyclerk-Kind: agenda\r\nSubject: for"),
        inner.replace("<k1@", "<0192f0c1-2b3c-7d4e-8f50-61728394a5b6@"),
        inner.replace("</table>", "</table><p>Our reference: S-000009</p>"),
    ];
    for inner in &ours {
        let r = Story::new("surrey-rmm-se")
            .about([&maisie])
            .mail(&attached(inner))
            .simulate("2026-11-19", "2026-11-20T09:00:00");
        assert_eq!(r.held[0].kind, "no_document", "a mail of ours is no referral: {}", r.overview());
    }
}
