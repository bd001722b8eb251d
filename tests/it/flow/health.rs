//! What the child's own health colleagues get (SY-08, SY-36, MC-09, MC-10).

use crate::harness::{Live, Results, Sent, Story, addresses, child, letter, rat, return_home_interview, same_second};
use dutyclerk::daemon::Release;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const MEETING: &str = "surrey-rmm-se/2026-11-25";
const CASTLE_HILL: &str = "castle-hill-surgery@nhs.example";
const ACUTE: &str = "esther.thackray@acute.nhs.example";
const SEXUAL_HEALTH: &str = "safeguarding-se@sexualhealth.nhs.example";
const CAMHS: &str = "team-se@camhs.nhs.example";
const ADULT: &str = "adult-mh-se@nhs.example";

/// Recipient and papers of each health copy about a child, by address.
fn copies(r: &Results, case: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = r
        .of("health-copy")
        .into_iter()
        .filter(|mail| mail.children == addresses([case]))
        .map(|mail| {
            assert_eq!(mail.to.len(), 1, "one mail a colleague");
            (mail.to.first().unwrap().clone(), mail.files.iter().map(|(_, sha256)| sha256.clone()).collect())
        })
        .collect();
    found.sort();
    found
}

fn expected(to: &[&str], paper: &str) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<_> = to.iter().map(|address| ((*address).to_owned(), vec![paper.to_owned()])).collect();
    all.sort();
    all
}

#[test]
fn sy_08_health_copies_go_to_the_childs_own_colleagues_and_the_gp_is_found_by_code_or_by_name_and_postcode() {
    let by_code = child(40, "Maisie Thornquist").gp("The surgery at the castle (Z99005)");
    let by_name = child(41, "Rory Quillfeather").gp("Castle Hill Surgery, 3 Hill Road, Reigate RH2 9ZZ");
    let by_name_only = child(42, "Ottilie Brackenbury").gp("Castle Hill Surgery, Reigate");
    // 18 on the day of the meeting.
    let adult = child(43, "Caspian Wrenfield").born("2008-11-25").gp("Z99005");
    // The code of one practice, the name and postcode of another: one of them is a slip.
    let contradicts = child(46, "Linnea Farrowgate").gp("Castle Hill Surgery (Z99006), 3 Hill Road, Reigate RH2 9ZZ");
    let children = [by_code, by_name, by_name_only, adult, contradicts];
    let mut story = Story::new("surrey-rmm-se").about(&children);
    for (n, one) in children.iter().enumerate() {
        story = story.mail(&letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T09:0{n}:00")).form(&rat(one)));
    }
    let mut live = story.live("2026-11-20", "2026-11-26");
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    let paper = |n: usize| rat(&children[n]).sha256();
    // The community named nurse is a core member and had the paper with the pack: no second copy (MC-09).
    assert_eq!(copies(&r, "R-0001"), expected(&[ACUTE, CASTLE_HILL, SEXUAL_HEALTH, CAMHS], &paper(0)));
    assert_eq!(copies(&r, "R-0002"), expected(&[ACUTE, CASTLE_HILL, SEXUAL_HEALTH, CAMHS], &paper(1)));
    // A practice's name alone is never enough; its absence holds neither the other copies nor the pack.
    assert_eq!(copies(&r, "R-0003"), expected(&[ACUTE, SEXUAL_HEALTH, CAMHS], &paper(2)));
    // SY-36: at 18 the CAMHS copy goes to adult mental health.
    assert_eq!(copies(&r, "R-0004"), expected(&[ACUTE, CASTLE_HILL, SEXUAL_HEALTH, ADULT], &paper(3)));
    assert_eq!(copies(&r, "R-0005"), expected(&[ACUTE, SEXUAL_HEALTH, CAMHS], &paper(4)));
    assert_eq!(r.only("agenda").files.len(), 5);
    assert!(r.only("agenda").says("18 or over at the meeting."));
    for mail in r.of("health-copy") {
        same_second(mail.at, "2026-11-23T10:00:00");
        assert_eq!(mail.meeting, MEETING);
        assert!(mail.says("CONTAINS SAFEGUARDING AND THIRD-PARTY INFORMATION: HIDE FROM ONLINE RECORD ACCESS."));
        assert!(mail.says("Surrey Safeguarding Children Partnership multi-agency information sharing protocol"));
    }
    let one = r.of("health-copy").into_iter().find(|m| m.children.contains("R-0001")).unwrap();
    assert!(one.says("Maisie Thornquist") && !one.says("Quillfeather") && !one.says("Wrenfield"));

    assert_eq!(r.alerts("no match in the directory for R-0003: gp").len(), 1, "{}", r.overview());
    let held: Vec<_> = r.held.iter().map(|h| (h.kind.as_str(), h.refs.clone())).collect();
    let missing = |case: &str| ("recipient_missing", vec![case.to_owned()]);
    assert_eq!(held, [missing("R-0003"), missing("R-0005")]);

    live.release(&r.held[0].number.clone(), Release { to: vec![CASTLE_HILL.parse().unwrap()], ..Release::default() });
    let r = live.finish();
    assert_eq!(copies(&r, "R-0003"), expected(&[ACUTE, CASTLE_HILL, SEXUAL_HEALTH, CAMHS], &paper(2)));
}

#[test]
fn mc_10_a_paper_that_names_another_listed_child_stays_out_of_health_copies_and_extracts() {
    let (maisie, rory) = (child(44, "Maisie Thornquist").gp("Z99005"), child(45, "Rory Quillfeather").gp("Z99005"));
    let naming = rat(&maisie).set("Summary of concerns", "Seen twice with Rory Quillfeather at the station.");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&naming))
        .mail(
            &letter("surrey-rmm-se", "wendy.blenkin@surrey.example", "2026-11-20T10:00:00")
                .form(&rat(&rory).lead("Wendy Blenkin")),
        )
        .simulate("2026-11-20", "2026-11-24");
    let pack = r.only("agenda");
    assert_eq!(pack.hashes(), [naming.sha256(), rat(&rory).lead("Wendy Blenkin").sha256()], "the core sees both");
    for mail in r.of("health-copy").into_iter().chain(r.of("extract")).filter(|m| m.children.contains("R-0001")) {
        assert!(mail.files.is_empty(), "{}", mail.number);
        assert!(!mail.says("Quillfeather") && !mail.html.contains("Quillfeather"), "{}", mail.text);
    }
    let own = r.to(VIKTOR).into_iter().find(|m| m.kind == "extract").unwrap();
    let words =
        "received and on file, so please do not send it again. It is not attached here because it names another child";
    for words in [words, "Assessment, dated "] {
        assert!(own.says(words) && !own.says("None. Please send"), "{}", own.text);
    }
    let gp: Vec<_> = r.to(CASTLE_HILL);
    assert_eq!(gp.len(), 2);
    assert!(gp[0].says("The child's paper is held back for now because it names another child."));
    same_second(gp[0].at, "2026-11-23T10:00:00");
    assert_eq!(gp[1].hashes(), [rat(&rory).lead("Wendy Blenkin").sha256()]);
    let own = r.to("wendy.blenkin@surrey.example").into_iter().find(|m| m.kind == "extract").unwrap();
    assert_eq!(own.hashes().len(), 1);
}

/// Maisie's first paper names Rory, who is on the same agenda; what else is sent about her names nobody.
fn naming(n: u32, also: bool) -> (String, Live) {
    let (maisie, rory) = (child(n, "Maisie Thornquist").gp("Z99005"), child(n + 1, "Rory Quillfeather").gp("Z99005"));
    let naming = rat(&maisie).set("Summary of concerns", "Seen twice with Rory Quillfeather at the station.");
    let mut story = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&naming))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T10:00:00").form(&rat(&rory)));
    if also {
        let interview = return_home_interview(&maisie);
        story = story.mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T11:00:00").form(&interview));
    }
    let mut live = story.live("2026-11-20", "2026-11-26");
    live.until("2026-11-23T12:00:00");
    (naming.sha256(), live)
}

fn about_maisie(r: &Results) -> Vec<&Sent> {
    r.of("health-copy").into_iter().filter(|mail| mail.children == addresses(["R-0001"])).collect()
}

#[test]
fn mc_10_a_paper_held_back_from_health_is_put_before_a_person_once_and_goes_to_health_when_released() {
    let (paper, mut live) = naming(46, true);
    let r = live.so_far();
    let held: Vec<_> = r.held.iter().map(|h| (h.kind.as_str(), h.state.as_str())).collect();
    assert_eq!(held, [("kept_from_health", "open")], "once for all copies: {}", r.overview());
    let [alert] = r.alerts("R-0001: a paper is kept back from health").try_into().unwrap();
    assert_eq!(alert.to, addresses(["graham.rimmer@surrey.example"]), "the owner");
    assert!(!alert.says("It goes to nobody"), "the members have it: {}", alert.text);
    assert!(r.journal.contains("kept_from_health: the paper names another child"), "{}", r.journal);
    let before = about_maisie(&r);
    assert_eq!(before.len(), 4, "{}", r.overview());
    for mail in &before {
        assert_eq!(mail.files.len(), 1, "the interview names nobody: {}", mail.text);
        assert!(mail.says("Another paper of the child is held back for now because it names"), "{}", mail.text);
    }

    live.release("H-0001", Release::default());
    let r = live.finish();
    let after = &about_maisie(&r)[4..];
    assert_eq!(after.len(), 4, "{}", r.overview());
    assert!(after.iter().all(|mail| mail.hashes() == [paper.as_str()]), "that paper alone: {}", r.overview());
    assert!(after.iter().all(|mail| !mail.says("held back")), "{}", after[0].text);
    assert!(r.journal.contains("\"event\":\"paper.let_go\",\"rule\":\"MC-10\""), "{}", r.journal);
    assert_eq!(r.held.len(), 1, "{}", r.overview());
}

#[test]
fn mc_10_a_paper_that_a_person_keeps_back_goes_to_nobody_of_health_and_stays_in_the_pack() {
    let (paper, mut live) = naming(48, false);
    live.reject("H-0001");
    let r = live.finish();
    assert_eq!((r.held[0].state.as_str(), r.held.len()), ("rejected", 1), "{}", r.overview());
    assert!(about_maisie(&r).iter().all(|mail| mail.files.is_empty()), "{}", r.overview());
    assert!(r.only("agenda").hashes().contains(&paper.as_str()) && r.of("supplement").is_empty(), "{}", r.overview());
}

#[test]
fn rfc_3834_an_address_that_nobody_reads_any_more_is_told_to_admin_once_a_day_and_one_that_is_read_by_day_is_not() {
    let (_, mut live) = naming(98, false);
    let r = live.so_far();
    let says = |mail: &Sent, from: &str, at: &str, words: &str| {
        letter("surrey-rmm-se", from, at)
            .subject(&format!("Automatic reply: {}", mail.subject))
            .header("Auto-Submitted", "auto-replied")
            .header("In-Reply-To", &format!("<{}>", mail.message_id))
            .content("text/plain; charset=utf-8", words)
    };
    let gone = "This mailbox is no longer monitored. Please write to hill-road@nhs.example.\n";
    let copies = r.to(CASTLE_HILL);
    assert_eq!(copies.len(), 2, "{}", r.overview());
    live.deliver(&says(copies[0], CASTLE_HILL, "2026-11-23T19:01:00", gone));
    live.deliver(&says(copies[1], CASTLE_HILL, "2026-11-23T19:02:00", gone));
    let by_day = "This inbox is not monitored outside office hours.\n";
    live.deliver(&says(r.to(SEXUAL_HEALTH)[0], SEXUAL_HEALTH, "2026-11-23T19:03:00", by_day));
    // Without a word of which mail it answers.
    let bare = letter("surrey-rmm-se", ACUTE, "2026-11-23T19:04:00").header("Auto-Submitted", "auto-replied");
    live.deliver(&bare.subject("Automatic reply").content("text/plain", "I no longer work for the trust.\n"));
    live.until("2026-11-23T19:30:00");
    let r = live.finish();
    let told: Vec<_> = r.alerts("is read by nobody").iter().map(|alert| alert.subject.clone()).collect();
    assert_eq!(told.len(), 2, "{}", r.overview());
    assert!(told[0].contains("the child's GP practice") && told[1].contains("named nurse (acute trust)"), "{told:?}");
    let alert = r.alerts("is read by nobody")[0];
    assert_eq!(alert.to, addresses(["graham.rimmer@surrey.example"]));
    same_second(alert.at, "2026-11-23T19:01:00");
    assert!(r.received.iter().filter(|message| message.fate == "ignored").count() == 4, "{}", r.overview());
}
