//! Whose paper is it? The wrong attachment, the child who may be two children, and who must not have it.

use crate::harness::{Story, addresses, child, letter, rat};
use dutyclerk::daemon::Release;
use dutyclerk::store::RestrictionSubject;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const POLICE: &str = "idris.hebden@police.example";
const MEETING: &str = "surrey-rmm-se/2026-11-25";

#[test]
fn mc_08_another_child_in_subject_text_or_file_name_holds_the_paper_and_the_sender_is_asked() {
    let known = child(80, "Maisie Thornquist");
    let others = [child(81, "Rory Quillfeather"), child(82, "Ottilie Brackenbury"), child(83, "Caspian Wrenfield")];
    let stranger = child(84, "Linnet Farraday");
    let at = |time: &str| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}"));
    let r = Story::new("surrey-rmm-se")
        .about(others.iter().chain([&known, &stranger]))
        .mail(&at("09:00:00").form(&rat(&known)))
        .mail(&at("10:00:00").subject("RAT - Linnet Farraday").form(&rat(&others[0])))
        .mail(&at("11:00:00").body("Here is the form for Maisie Thornquist as discussed.").form(&rat(&others[1])))
        .mail(&at("12:00:00").file("RAT Maisie Thornquist.xlsx", rat(&others[2]).bytes()))
        .simulate("2026-11-19", "2026-11-24");
    assert_eq!(
        r.fates(),
        [("001.eml", "accepted"), ("002.eml", "held"), ("003.eml", "held"), ("004.eml", "held")],
        "{}",
        r.overview()
    );
    assert!(r.held.iter().all(|h| h.kind == "wrong_attachment"), "{:?}", r.held);
    for (file, place) in [
        ("002.eml", "the subject of your e-mail"),
        ("003.eml", "the text of your e-mail"),
        ("004.eml", "the name of the file"),
    ] {
        let query = r.answer(file);
        assert_eq!(query.kind, "query");
        assert!(query.says(&format!("The child on this form is not the child named in {place}.")), "{}", query.text);
        assert!(query.says("Please check that the right file is attached"));
        for name in ["Thornquist", "Farraday"] {
            assert!(
                !query.subject.contains(name) && query.text.matches(name).count() <= usize::from(file == "004.eml")
            );
        }
    }
    let pack = r.only("agenda");
    assert_eq!(pack.hashes(), [rat(&known).sha256()]);
    assert!(pack.says("3 papers came on time and could not be matched to a child yet (M-000002, M-000003, M-000004)"));
}

#[test]
fn mc_32_an_unclear_child_is_held_with_its_candidates_and_goes_where_a_person_says() {
    let maisie = child(85, "Maisie Thornquist");
    // The same number under another name and another date of birth.
    let mut disagrees = child(86, "Rory Quillfeather");
    disagrees.lcs.clone_from(&maisie.lcs);
    disagrees.nhs.clone_from(&maisie.nhs);
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &disagrees])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T10:00:00").form(&rat(&disagrees).dated("12/11/2026")))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "held")]);
    assert_eq!(r.held[0].kind, "child_unclear");
    assert_eq!(r.held[0].refs, ["M-000002", "R-0001"], "its candidate");
    assert!(
        r.answer("002.eml").says("A person is checking which child or form this is."),
        "{}",
        r.answer("002.eml").text
    );
    assert_eq!(r.only("agenda").hashes(), [rat(&maisie).sha256()]);

    live.release("H-0001", Release { case: Some("R-0001".parse().unwrap()), ..Release::default() });
    let r = live.finish();
    assert_eq!(r.message("002.eml").refs.iter().filter(|x| x.starts_with("R-")).collect::<Vec<_>>(), ["R-0001"]);
    assert_eq!(r.only("supplement").hashes(), [rat(&disagrees).dated("12/11/2026").sha256()]);
    assert_eq!(r.only("supplement").children, addresses(["R-0001"]));
    assert!(!r.journal.contains("R-0002"), "no second case was opened");
}

#[test]
fn mc_32_released_as_a_new_child_it_is_listed_in_time() {
    let maisie = child(87, "Maisie Thornquist");
    let twin = child(88, "Maisie Thornquist").born("2011-07-19");
    let nameless = rat(&twin).set("LCS Number", "").set("NHS Number", "");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &twin])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T10:00:00").form(&nameless))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-20T14:00:00");
    live.release("H-0001", Release { new_child: true, ..Release::default() });
    let r = live.finish();
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some(MEETING));
    assert_eq!(r.only("agenda").hashes(), [rat(&maisie).sha256(), nameless.sha256()]);
    assert_eq!(r.only("agenda").children, addresses(["R-0001", "R-0002"]));
}

#[test]
fn sy_40_a_restriction_on_a_role_or_a_person_beats_every_rule() {
    let (maisie, rory) = (child(89, "Maisie Thornquist"), child(90, "Rory Quillfeather"));
    let wendy = "wendy.blenkin@surrey.example";
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", wendy, "2026-11-20T10:00:00").form(&rat(&rory).lead("Wendy Blenkin")))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-20T14:00:00");
    live.restrict("R-0001", RestrictionSubject::Role, "police");
    live.restrict("R-0001", RestrictionSubject::Role, "sexual-health");
    live.restrict("R-0002", RestrictionSubject::Person, wendy);
    let r = live.finish();
    let packs = r.of("agenda");
    assert_eq!(packs.len(), 2, "{}", r.overview());
    let police = packs.iter().find(|m| m.goes_to(POLICE)).unwrap();
    assert_eq!(police.to, addresses([POLICE]));
    assert_eq!(police.hashes(), [rat(&rory).lead("Wendy Blenkin").sha256()]);
    assert!(!police.says("Thornquist") && !police.html.contains("Thornquist") && !police.says("R-0001"));
    let rest = packs.iter().find(|m| m.goes_to(CHAIR)).unwrap();
    assert_eq!(rest.files.len(), 2);
    for mail in r.to("safeguarding-se@sexualhealth.nhs.example") {
        assert!(!mail.children.contains("R-0001"), "{}", mail.number);
    }
    // The caseworker herself: her answer and invitation had gone; nothing goes after the restriction.
    let kinds: Vec<_> = r.to(wendy).into_iter().map(|m| m.kind.as_str()).collect();
    assert_eq!(kinds, ["invitation", "acknowledgement"], "{}", r.overview());
}

#[test]
fn sy_40_a_restriction_between_freezing_and_sending_holds_the_mail() {
    let maisie = child(91, "Maisie Thornquist");
    // Friday evening: the invitation is frozen, and waits for Monday morning.
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T19:00:00").form(&rat(&maisie)))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-21T10:00:00");
    assert!(live.so_far().of("invitation").is_empty());
    live.restrict("R-0001", RestrictionSubject::Person, VIKTOR);
    let r = live.finish();
    assert!(r.of("invitation").is_empty() && r.of("extract").is_empty(), "{}", r.overview());
    let kinds: Vec<_> = r.to(VIKTOR).into_iter().map(|m| m.kind.as_str()).collect();
    assert_eq!(kinds, ["acknowledgement"]);
    assert!(r.journal.contains("mail.set_aside"));
    assert_eq!(r.only("agenda").files.len(), 1, "the others are not kept from it");
    let told = r.alerts("is held: a child in it was restricted since");
    assert!(!told.is_empty() && told[0].says("dutyclerk outbox cancel S-"), "{}", r.overview());
}

/// Brothers and sisters share a name, and neither may be known yet.
#[test]
fn mc_08_a_file_named_after_a_sister_holds_the_paper_before_either_is_known() {
    let (maisie, linnet) = (child(910, "Maisie Thornquist"), child(911, "Linnet Thornquist"));
    let called = child(912, "Rory Quillfeather");
    let at = |time: &str| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &called])
        .mail(&at("09:00:00").file("RAT Linnet Thornquist.xlsx", rat(&maisie).bytes()))
        .mail(&at("10:00:00").file("RAT Robbie Quillfeather.xlsx", rat(&called).set("Also known as", "Robbie").bytes()))
        .mail(&at("11:00:00").file("RAT Thornquist Linnet May.xlsx", rat(&linnet).bytes()))
        .simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.fates(), [("001.eml", "held"), ("002.eml", "accepted"), ("003.eml", "accepted")], "{}", r.overview());
    assert_eq!(r.held[0].kind, "wrong_attachment");
    let query = r.answer("001.eml");
    assert!(query.says("The child on this form is not the child named in the name of the file."), "{}", query.text);
}
