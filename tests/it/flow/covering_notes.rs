//! What the sender's own words say: a paper stops, the chair hears of a disagreement, a case is announced.

use crate::harness::{Child, Story, addresses, ce_assessment, child, letter, rat};
use dutyclerk::daemon::Release;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NADIA: &str = "nadia.coverdale@st-helens.example";

/// A mail of text alone.
fn note(mailbox: &'static str, from: &str, at: &str, text: &str) -> crate::harness::Letter {
    letter(mailbox, from, at).subject("Panel").content("text/plain; charset=utf-8", text)
}

#[test]
fn lessons_d_a_withdrawal_in_answer_to_our_mail_stops_that_childs_papers() {
    let (maisie, rory) = (child(150, "Maisie Thornquist"), child(151, "Rory Quillfeather"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:30:00").form(&rat(&rory)))
        .live("2026-11-18", "2026-11-25T09:00:00");
    live.until("2026-11-19T12:00:00");
    let answer = live.so_far().answer("001.eml").clone();
    let withdrawn =
        note("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00", "Please withdraw this, the form is not agreed yet.\n")
            .subject("Re: Panel")
            .header("In-Reply-To", &format!("<{}>", answer.message_id));
    live.deliver(&withdrawn);
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    let kinds: Vec<&str> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(kinds, ["withdrawn", "withdrawn"], "the message, and the paper: {}", r.overview());
    assert!(
        r.answer("003.eml").says("No paper about R-0001 goes out until a person has read"),
        "{}",
        r.answer("003.eml").text
    );
    live.until("2026-11-24T09:00:00");
    let r = live.so_far();
    let pack = r.only("agenda");
    assert_eq!(pack.contents, [rat(&rory).bytes()], "the other child's goes: {}", r.overview());
    assert_eq!(pack.children.len(), 2, "a paper that is held is not a child left out (MC-32)");
    assert!(pack.says("a person has to look at it before it goes out") && !pack.says("could not be read"));
    let about = |r: &crate::harness::Results, kind| r.of(kind).iter().filter(|m| m.children.contains("R-0001")).count();
    assert_eq!((about(&r, "health-copy"), about(&r, "extract")), (0, 1), "{}", r.overview());
    assert!(r.of("health-copy").iter().any(|m| m.children.contains("R-0002")), "{}", r.overview());

    let paper = r.held.iter().find(|held| held.number != "H-0001").unwrap().number.clone();
    live.release(&paper, Release::default());
    let r = live.finish();
    assert_eq!(r.only("supplement").contents, [rat(&maisie).bytes()]);
    assert!(about(&r, "health-copy") > 0, "they hear of the child with its paper: {}", r.overview());
}

#[test]
fn sy_40_a_paper_that_is_not_to_be_shared_stops_though_no_form_comes_with_the_words() {
    let (maisie, rory) = (child(153, "Maisie Thornquist"), child(154, "Rory Quillfeather"));
    let words = "Please do not circulate the RAT for Maisie Thornquist, it is not agreed yet.\n";
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:30:00").form(&rat(&rory)))
        .mail(&note("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00", words))
        .live("2026-11-18", "2026-11-25T09:00:00")
        .finish();
    let kinds: Vec<&str> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(kinds, ["do_not_share", "do_not_share"], "the message, and the paper: {}", r.overview());
    let answer = r.answer("003.eml");
    assert!(answer.says("No paper about R-0001 goes out until a person has read"), "{}", answer.text);
    assert_eq!(r.only("agenda").contents, [rat(&rory).bytes()], "the other child's goes: {}", r.overview());
}

#[test]
fn lessons_d_a_released_paper_goes_all_the_same() {
    let maisie = child(152, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .mail(&note("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00", "R-0001: the family has moved out of area.\n"))
        .live("2026-11-18", "2026-11-25T09:00:00");
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    let paper = r.held.iter().find(|held| held.kind == "moved" && held.number != "H-0001").unwrap().number.clone();
    live.release(&paper, Release::default());
    let r = live.finish();
    assert_eq!(r.only("agenda").contents, [rat(&maisie).bytes()], "{}", r.overview());
}

#[test]
fn lessons_d_a_paper_whose_note_says_the_child_has_died_waits_with_its_child_listed() {
    let maisie = child(153, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00")
                .body("Attached as asked. I am sorry to say she died on Sunday.")
                .form(&rat(&maisie)),
        )
        .simulate("2026-11-18", "2026-11-24T09:00:00");
    assert_eq!(r.held[0].kind, "died", "{}", r.overview());
    let agenda = r.only("agenda");
    assert!(agenda.contents.is_empty());
    assert!(!agenda.says("Significant"), "nor does what the paper says stand there: {}", agenda.text);
    for kind in ["extract", "health-copy", "invitation-update"] {
        assert!(r.of(kind).is_empty(), "nobody is written to about the child ({kind}): {}", r.overview());
    }
}

#[test]
fn sh_27_a_disagreement_is_put_before_the_chair_who_answers_in_five_working_days() {
    let r = Story::new("st-helens-mace")
        .mail(&note(
            "st-helens-mace",
            NADIA,
            "2026-11-19T09:00:00",
            "I disagree with the decision of last week's panel and ask for it to be looked at again.\n",
        ))
        .simulate("2026-11-18", "2026-11-21");
    assert_eq!(r.held[0].kind, "escalation", "{}", r.overview());
    let told = r.alerts("a decision of the panel is disputed");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert!(told[0].says("within five working days") && told[0].says("(rule SH-27)"), "{}", told[0].text);
    assert!(r.answer("001.eml").says("by Thu 26 November 2026 (rule SH-27)"), "{}", r.answer("001.eml").text);
    assert_eq!(r.answer("001.eml").kind, "acknowledgement");
}

#[test]
fn sh_27_the_chair_is_told_whose_decision_is_disputed() {
    let rory = child(155, "Rory Quillfeather");
    let words = "R-0001: I disagree with the decision of last week's panel and ask for it to be looked at again.\n";
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T09:00:00").form(&ce_assessment(&rory)))
        .mail(&note("st-helens-mace", NADIA, "2026-11-19T09:00:00", words))
        .simulate("2026-11-09", "2026-11-26");
    let reminded = r.alerts("a disputed decision about R-0001 is to be answered by");
    assert!(reminded.len() == 1 && reminded[0].children.contains("R-0001"), "{}", r.overview());
    let told = r.alerts("a decision of the panel about R-0001 is disputed");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert!(told[0].says("disagrees with what the panel decided about R-0001"), "{}", told[0].text);
    assert!(told[0].children.contains("R-0001"), "{}", told[0].text);
}

#[test]
fn sh_10_a_flag_announced_without_a_form_is_held_and_the_assessment_asked_for() {
    let r = Story::new("st-helens-mace")
        .mail(&note(
            "st-helens-mace",
            NADIA,
            "2026-11-19T09:00:00",
            "Following today's CE assessment meeting a CCE/CSE flag has been started.\n",
        ))
        .simulate("2026-11-18", "2026-11-21");
    assert_eq!(r.held[0].kind, "flag_notification", "{}", r.overview());
    assert!(
        r.answer("001.eml").says("please have that sent to this mailbox by Thu 26 November 2026 (rule SH-10)"),
        "{}",
        r.answer("001.eml").text
    );
    assert_eq!(r.answer("001.eml").to, addresses([NADIA]));
}

/// Who the child is, as such mails say it.
pub(super) fn flagged(child: &Child) -> String {
    format!(
        "Dear MACE,\n\nFollowing today's CE assessment meeting a CCE/CSE flag has been started.\n\nChild's name: {}\nDOB: {}\nLCS number: {}\nSocial worker: Nadia Coverdale\n\nNadia\n",
        child.name,
        child.born.strftime("%d/%m/%Y"),
        child.lcs
    )
}

#[test]
fn sh_10_a_child_announced_by_name_is_expected_at_every_meeting_until_its_assessment_comes() {
    let orla = child(156, "Orla Penhallow");
    let mut live = Story::new("st-helens-mace")
        .about([&orla])
        .mail(&note("st-helens-mace", NADIA, "2026-11-19T09:00:00", &flagged(&orla)))
        .live("2026-11-18", "2026-12-16T09:00:00");
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    assert!(r.held.is_empty(), "{}", r.overview());
    let answer = r.answer("001.eml");
    assert!(answer.kind == "query" && answer.says("expected at the meeting of Tue 1 December 2026"), "{}", answer.text);
    assert!(answer.says("rule SH-10") && answer.says("by Thu 26 November 2026"), "{}", answer.text);
    assert_eq!(r.alerts("is announced, the assessment has not come").len(), 1, "the chair is told: {}", r.overview());

    live.until("2026-12-01T18:00:00");
    let r = live.so_far();
    let pack = r.only("agenda");
    assert!(pack.says("EXPECTED, PAPERS NOT RECEIVED") && pack.says("Orla Penhallow"), "{}", pack.text);
    assert!(pack.contents.is_empty(), "what announces a child is no paper: {}", r.overview());
    assert_eq!(r.alerts("still no assessment for R-0001").len(), 1, "SH-05: {}", r.overview());
    assert!(
        r.of("query").into_iter().filter(|m| m.to != addresses([NADIA])).collect::<Vec<_>>().is_empty(),
        "nobody is asked what was decided of a child not heard"
    );

    let form = ce_assessment(&orla).set("Date of assessment", "07/12/2026");
    live.deliver(&letter("st-helens-mace", NADIA, "2026-12-08T09:00:00").form(&form));
    live.until("2026-12-15T09:00:00");
    let r = live.so_far();
    assert!(r.answer("002.eml").says("On time for the meeting of Tue 15 December 2026"), "{}", r.overview());
    let packs = r.of("agenda");
    let pack = packs.last().unwrap();
    assert!(pack.says("INITIAL ASSESSMENTS") && !pack.says("EXPECTED, PAPERS NOT RECEIVED"), "{}", pack.text);
    assert_eq!(pack.contents, [form.bytes()]);
}

#[test]
fn lessons_d_a_note_that_names_a_child_stops_its_papers_without_any_reference() {
    let (maisie, rory) = (child(154, "Maisie Thornquist"), child(155, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:30:00").form(&rat(&rory)))
        .mail(&note(
            "surrey-rmm-se",
            VIKTOR,
            "2026-11-20T09:00:00",
            "Please withdraw the referral for Maisie Thornquist, the family has not been told.\n",
        ))
        .simulate("2026-11-18", "2026-11-24T09:00:00");
    let pack = r.only("agenda");
    assert_eq!(pack.contents, [rat(&rory).bytes()], "{}", r.overview());
    assert_eq!(r.held.iter().filter(|held| held.kind == "withdrawn").count(), 2, "{}", r.overview());
}

#[test]
fn sh_11_a_free_apology_is_told_to_admin_and_asks_for_no_form() {
    let r = Story::new("st-helens-mace")
        .mail(&note("st-helens-mace", NADIA, "2026-11-19T09:00:00", "I am unable to attend on Tuesday, sorry.\n"))
        .simulate("2026-11-18", "2026-11-21");
    assert_eq!(r.held[0].kind, "apology", "{}", r.overview());
    let answer = r.answer("001.eml");
    assert!(answer.kind == "acknowledgement" && !answer.says("No form was attached"), "{}", answer.text);
}

#[test]
fn lessons_d_once_a_word_about_a_child_is_settled_whoever_comes_for_it_is_written_to() {
    let maisie = child(157, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .mail(&note("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00", "R-0001: her best mate has died last week.\n"))
        .live("2026-11-18", "2026-11-25T09:00:00");
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    assert_eq!(r.held.iter().map(|held| held.kind.as_str()).collect::<Vec<_>>(), ["died", "died"], "{}", r.overview());
    let about = |r: &crate::harness::Results, kind| r.of(kind).iter().filter(|m| m.children.contains("R-0001")).count();
    assert_eq!((about(&r, "extract"), about(&r, "health-copy")), (0, 0), "{}", r.overview());
    let (message, paper) = (r.held[0].number.clone(), r.held[1].number.clone());
    // The paper first: nobody is written to while the word itself waits.
    live.release(&paper, Release::default());
    live.until("2026-11-23T14:00:00");
    assert_eq!(about(&live.so_far(), "extract"), 0, "{}", live.so_far().overview());
    live.release(&message, Release::default());
    let r = live.finish();
    assert_eq!(about(&r, "extract"), 1, "{}", r.overview());
    assert!(about(&r, "health-copy") > 0, "{}", r.overview());
}

#[test]
fn lessons_d_a_withdrawn_paper_that_waited_as_incomplete_is_told_to_no_health_colleague() {
    let maisie = child(158, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie).set("DOB", "")))
        .mail(&note("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00", "R-0001: please withdraw the referral.\n"))
        .simulate("2026-11-18", "2026-11-25T09:00:00");
    let kinds: Vec<&str> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(kinds, ["missing_field", "withdrawn"], "{}", r.overview());
    assert!(r.of("health-copy").is_empty(), "{}", r.overview());
    assert!(!r.only("agenda").says("Significant"), "{}", r.only("agenda").text);
}

#[test]
fn sh_10_a_flag_told_in_a_sentence_lists_its_child_and_takes_nothing_away_from_what_else_is_said() {
    let orla = child(159, "Orla Penhallow");
    let (name, born) = (&orla.name, orla.born.strftime("%d/%m/%Y"));
    let flag = format!("A CSE flag has been added for {name} (DOB {born}).\n");
    let said = |text: &str| {
        Story::new("st-helens-mace")
            .about([&orla])
            .mail(&note("st-helens-mace", NADIA, "2026-11-19T09:00:00", text))
            .simulate("2026-11-18", "2026-11-21")
    };
    let r = said(&flag);
    assert!(r.held.is_empty(), "{}", r.overview());
    assert!(r.answer("001.eml").says("expected at the meeting of Tue 1 December 2026"), "{}", r.answer("001.eml").text);
    for (more, kind) in [
        ("The rating on my form is incorrect, it should read medium.\n", "correction"),
        ("We disagree with the decision to close.\n", "escalation"),
        ("Please do not circulate the assessment yet.\n", "do_not_share"),
    ] {
        let r = said(&format!("{more}{flag}"));
        assert_eq!(r.held[0].kind, kind, "{}", r.overview());
    }
    let r = said(&format!("Thanks, will do.\n\nOn Wed 18 November 2026 Orla's worker wrote:\n> {flag}"));
    assert!(!r.journal.contains("case.opened"), "what is quoted is not said again: {}", r.overview());

    // On an agenda already: nothing is said of an outcome.
    let mut live = Story::new("st-helens-mace")
        .about([&orla])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-18T09:00:00").form(&ce_assessment(&orla)))
        .mail(&note("st-helens-mace", NADIA, "2026-11-19T09:00:00", &flag))
        .live("2026-11-18", "2026-11-21");
    live.until("2026-11-20T12:00:00");
    let answer = live.so_far().answer("002.eml").clone();
    assert!(answer.says("The child is on an agenda already (rule SH-10)"), "{}", answer.text);
}

/// A worker writes as people do, a day before the pack: nothing of the child goes until a person has read it.
#[test]
fn lessons_d_what_a_worker_asks_in_plain_words_stops_the_childs_papers() {
    for (words, kind) in [
        ("R-0001: the GP must not see this, her uncle works at the surgery.", "do_not_share"),
        ("Please hold the papers for R-0001.", "do_not_share"),
        ("We withdraw R-0001.", "withdrawn"),
        ("Please take R-0001 off the agenda", "withdrawn"),
        ("R-0001 has moved to Leeds and her case has been transferred.", "moved"),
        ("Correction: the address on the form for R-0001 is wrong, do not send it out.", "correction"),
    ] {
        let maisie = child(155, "Maisie Thornquist");
        let r = Story::new("surrey-rmm-se")
            .about([&maisie])
            .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
            .mail(&note("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00", words))
            .simulate("2026-11-18", "2026-11-24T09:00:00");
        let kinds: Vec<&str> = r.held.iter().map(|held| held.kind.as_str()).collect();
        assert_eq!(kinds, [kind, kind], "{words}: the message, and the paper: {}", r.overview());
        assert!(r.answer("002.eml").says("No paper about R-0001 goes out until a person has read"), "{words}");
        assert!(r.only("agenda").contents.is_empty() && r.of("health-copy").is_empty(), "{words}: {}", r.overview());
    }
}

#[test]
fn lessons_d_do_not_share_beside_a_newer_form_stops_the_older_paper_too() {
    let maisie = child(156, "Maisie Thornquist");
    let newer = rat(&maisie).set("Current concerns", "Seen again at the arcade on Saturday.");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-18T09:00:00").form(&rat(&maisie)))
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00")
                .body("The father is an officer. Do not share anything about this child with anybody.")
                .form(&newer),
        )
        .simulate("2026-11-17", "2026-11-24T09:00:00");
    let agenda = r.only("agenda");
    assert!(agenda.contents.is_empty(), "neither goes: {}", r.overview());
    assert!(agenda.says("R-0001"), "the child is heard all the same (MC-32)");
    assert!(r.of("health-copy").is_empty(), "{}", r.overview());
}
