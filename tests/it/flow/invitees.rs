//! Who else is there for one child: proposed, and invited by a person's word for the child's slot alone (SY-13, S0-10, SY-36, MC-08).

use super::responses::reply;
use super::settling::{answer, code};
use crate::harness::{Live, Results, Story, addresses, ce_assessment, child, letter, rat, same_second};
use dutyclerk::casework::directory::Entry;
use dutyclerk::casework::{AuthorityId, RoleId};
use dutyclerk::store::RestrictionSubject;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const BOX: &str = "surrey-rmm-se";
const MEETING: &str = "surrey-rmm-se/2026-11-25";
const PRIMARY: &str = "dsl@st-marys-primary.surrey.example";
const HIGH: &str = "dsl@st-marys-high.surrey.example";
const SERGEANT: &str = "tove.marsden@police.example";

/// A row of the directory that belongs to no panel.
fn row(like: &Entry, name: &str, email: &str, role: &str, agency: &str, area: &str) -> Entry {
    Entry {
        name: name.to_owned().into(),
        email: email.parse().unwrap(),
        aliases: Vec::new(),
        role: RoleId::new(role),
        agency: agency.to_owned(),
        authority: Some(AuthorityId::new("surrey")),
        panels: Vec::new(),
        areas: if area.is_empty() { Vec::new() } else { vec![area.to_owned()] },
        secure: true,
        deputy: None,
        ..like.clone()
    }
}

fn with_schools(rows: &mut Vec<Entry>) {
    let like = rows[0].clone();
    let new = [
        row(&like, "Anders Pell", "dsl@abbey-road.surrey.example", "school", "Abbey Road School", ""),
        row(&like, "Maud Kerslake", PRIMARY, "school", "St Mary's Primary School, Reigate", ""),
        row(&like, "Ivor Penhale", HIGH, "school", "St Mary's High School, Redhill", "South East"),
        row(&like, "Nuala Fenn", "dsl@st-marys.north.example", "school", "St Mary's School, Walton", "North East"),
        row(&like, "Tove Marsden", SERGEANT, "neighbourhood-policing", "Reigate neighbourhood team", ""),
        row(&like, "Pip Arkwright", "pip.arkwright@probation.example", "probation", "Probation Service", ""),
    ];
    rows.extend(new);
}

/// Maisie's form says no more of her school than "St Mary's".
fn maisie_of_st_marys(n: u32, arrives: &str) -> Live {
    let maisie = child(n, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, arrives).form(&rat(&maisie).set("School", "St Mary's, Year 10")))
        .live("2026-11-17", "2026-12-10");
    live.until("2026-11-17T09:00:00");
    live.directory(with_schools);
    live
}

fn to(r: &Results, kind: &str) -> Vec<String> {
    r.of(kind).into_iter().flat_map(|mail| mail.to.clone()).collect()
}

#[test]
fn sy_13_a_school_is_never_guessed_and_whoever_is_chosen_gets_the_slot_and_nothing_else() {
    let mut live = maisie_of_st_marys(960, "2026-11-19T10:00:00");
    live.until("2026-11-19T10:30:00");
    let r = live.so_far();
    assert_eq!(to(&r, "invitation"), [VIKTOR], "nobody else before a person has said so");
    let asked = r.alerts("R-0001: whom else to invite?")[0].clone();
    assert_eq!(asked.to, addresses([ADMIN]));
    let choices = "1. Invite Ivor Penhale, St Mary's High School, Redhill (school). \
                   2. Invite Maud Kerslake, St Mary's Primary School, Reigate (school). \
                   3. Invite Anders Pell, Abbey Road School (school).";
    let others = "6. Invite Tove Marsden, Reigate neighbourhood team (neighbourhood policing).";
    let last = "9. Invite somebody else: write the address of each behind the number.";
    assert!([choices, others, last, "(rule SY-13)"].iter().all(|words| asked.says(words)), "{}", asked.text);
    assert!(asked.says("none is chosen") && !asked.says("Nuala Fenn"), "another area's school: {}", asked.text);

    live.deliver(&answer(&asked, ADMIN, "2026-11-19T11:00:00", &format!("{} 2 and 10", code(&asked))));
    live.deliver(&answer(&asked, ADMIN, "2026-11-19T11:10:00", &format!("{} 2 and 6", code(&asked))));
    live.until("2026-11-19T12:00:00");
    let r = live.so_far();
    assert!(
        r.answer("002.eml").says("names no number of a choice"),
        "nobody and somebody: {}",
        r.answer("002.eml").text
    );
    assert!(r.answer("003.eml").says("2 people are invited for the slot of R-0001"), "{}", r.answer("003.eml").text);
    assert_eq!(to(&r, "invitation"), [VIKTOR, PRIMARY, SERGEANT], "{}", r.overview());
    let invitation = r.to(PRIMARY)[0].clone();
    assert!(invitation.says("for case R-0001") && invitation.says("no papers go to you"), "{}", invitation.text);
    assert!(!invitation.says("Maisie") && !invitation.says("so that your manager"), "{}", invitation.text);

    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    let kinds: Vec<_> = r.to(PRIMARY).iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, ["invitation", "invitation-update"], "the slot, and no paper: {}", r.overview());
    assert!(r.to(SERGEANT).iter().all(|mail| mail.files.is_empty()), "{}", r.overview());
    // Whoever declines is replaced by nobody else without a word.
    let update = r.to(PRIMARY)[1].clone();
    live.deliver(&reply(&update, letter(BOX, PRIMARY, "2026-11-23T14:00:00"), PRIMARY, "DECLINED"));
    live.until("2026-11-23T15:00:00");
    let r = live.so_far();
    assert_eq!(r.alerts("somebody invited for R-0001 does not come").len(), 1, "{}", r.overview());
    assert!(r.of("reminder").is_empty(), "no stand-in of the worker's is asked: {}", r.overview());
    assert!(live.invite("surrey-rmm-se/2026-11-25", "R-0001", &[VIKTOR]).is_err(), "no case-by-case role");
    live.restrict("R-0001", RestrictionSubject::Person, HIGH);
    let barred = live.invite(MEETING, "R-0001", &[HIGH]).unwrap_err();
    assert!(barred.to_string().contains("may not be kept from it"), "{barred}");
    let r = live.finish();
    assert!(r.sent.iter().all(|mail| !mail.goes_to(HIGH)), "{}", r.overview());
    assert!(r.alerts("whom else to invite?").len() >= 2, "asked anew for its review: {}", r.overview());
    assert_eq!(to(&r, "invitation").iter().filter(|to| *to == PRIMARY).count(), 1, "and forgotten: {}", r.overview());
}

#[test]
fn sy_13_who_was_named_comes_to_the_meeting_to_which_the_child_is_admitted() {
    // After the pack: on the agenda of 2 December.
    let mut live = maisie_of_st_marys(961, "2026-11-23T14:00:00");
    live.until("2026-11-23T15:00:00");
    live.invite("surrey-rmm-se/2026-12-02", "R-0001", &[HIGH]).unwrap();
    live.until("2026-11-23T16:00:00");
    assert_eq!(to(&live.so_far(), "invitation"), [VIKTOR, HIGH]);
    live.admit(MEETING, "R-0001");
    live.until("2026-11-24T12:00:00");
    let r = live.so_far();
    assert_eq!(r.alerts("whom else to invite?").len(), 1, "not asked again: {}", r.overview());
    let again: Vec<_> = r.for_meeting("invitation", MEETING).into_iter().filter(|mail| mail.goes_to(HIGH)).collect();
    assert_eq!(again.len(), 1, "{}", r.overview());
    assert_eq!(r.of("invitation-cancel").iter().filter(|mail| mail.goes_to(HIGH)).count(), 1);
}

#[test]
fn s0_10_where_the_directory_has_nobody_the_question_says_which_role_to_add_and_goes_on_to_nobody() {
    let rory = child(962, "Rory Quillfeather");
    let mace = "st-helens-mace";
    let mut live = Story::new(mace)
        .about([&rory])
        .mail(&letter(mace, "nadia.coverdale@st-helens.example", "2026-11-25T10:00:00").form(&ce_assessment(&rory)))
        .live("2026-11-24", "2026-12-02T12:00:00");
    live.until("2026-11-24T09:00:00");
    // A panel whose admin has left: the chair is asked.
    live.directory(|rows| {
        rows.retain(|row| {
            !matches!(
                row.role.as_str(),
                "admin" | "deputy-admin" | "advanced-practitioner" | "school" | "specialist-agency"
            )
        })
    });
    live.until("2026-11-25T11:00:00");
    let asked = live.so_far().alerts("R-0001: whom else to invite?")[0].clone();
    let chair = "amira.ashdown@st-helens.example";
    assert_eq!(asked.to, addresses([chair]));
    assert!(
        asked.says("the role “advanced-practitioner”, “school”, “specialist-agency”") && asked.says("(rule S0-10)"),
        "{}",
        asked.text
    );
    assert!(asked.says("2. Nobody beside those who are invited already."), "{}", asked.text);
    let said = answer(&asked, chair, "2026-11-25T11:30:00", &format!("{} 2", code(&asked)));
    live.deliver(&dutyclerk_letter(said, mace));
    let r = live.finish();
    assert!(r.answer("002.eml").says("Nobody else is invited for R-0001"), "{}", r.answer("002.eml").text);
    assert_eq!(r.alerts("is not answered").len(), 0, "{}", r.overview());
    same_second(asked.at, "2026-11-25T10:00:00");
}

/// The same letter to another mailbox.
fn dutyclerk_letter(mut letter: crate::harness::Letter, mailbox: &'static str) -> crate::harness::Letter {
    letter.mailbox = mailbox;
    letter
}

#[test]
fn sy_36_of_a_care_leaver_more_people_are_proposed_and_of_another_adult_nobody() {
    let (caspian, omar) =
        (child(963, "Caspian Wrenfield").born("2008-11-25"), child(964, "Omar Blakeley").born("2008-11-01"));
    let mut live = Story::new(BOX)
        .about([&caspian, &omar])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T10:00:00").form(&rat(&caspian)))
        .mail(&letter(BOX, VIKTOR, "2026-11-19T10:05:00").form(&rat(&omar)))
        .live("2026-11-17", "2026-11-25T12:00:00");
    live.until("2026-11-17T09:00:00");
    live.directory(with_schools);
    live.until("2026-11-19T10:30:00");
    let r = live.so_far();
    let (one, other) = (r.alerts("R-0001 is 18 or over")[0].clone(), r.alerts("R-0002 is 18 or over")[0].clone());
    assert!(one.says("1. A care leaver.") && one.says("2. No care leaver."), "{}", one.text);
    live.deliver(&answer(&one, ADMIN, "2026-11-19T11:00:00", &format!("{} 1", code(&one))));
    live.deliver(&answer(&other, ADMIN, "2026-11-19T11:05:00", &format!("{} 2", code(&other))));
    live.until("2026-11-19T12:00:00");
    let r = live.so_far();
    let asked = r.alerts("R-0001: whom else to invite?");
    assert_eq!((asked.len(), r.alerts("R-0002: whom else to invite?").len()), (2, 1), "{}", r.overview());
    assert!(!asked[0].says("Pip Arkwright") && asked[1].says("Pip Arkwright, Probation Service (probation)"));
    assert!(asked[1].says("“community-safety”"), "{}", asked[1].text);
    assert!(live.invite(MEETING, "R-0001", &["pip.arkwright@probation.example"]).is_ok());
    let r = live.finish();
    assert_eq!(r.to("pip.arkwright@probation.example")[0].kind, "invitation", "{}", r.overview());
    assert!(r.alerts("is not answered").is_empty(), "{}", r.overview());
}

#[test]
fn sh_04_the_advanced_practitioner_is_invited_for_an_initial_assessment_and_not_for_its_review() {
    let (mace, niall) = ("st-helens-mace", "niall.sowerby@st-helens.example");
    let (rory, petra) = (child(965, "Rory Quillfeather"), child(966, "Petra Vantongeren"));
    let nadia = "nadia.coverdale@st-helens.example";
    let named = ce_assessment(&rory).set("Team manager", "Niall Sowerby");
    let mut live = Story::new(mace)
        .about([&rory, &petra])
        .mail(&letter(mace, nadia, "2026-11-25T10:00:00").form(&named))
        .mail(&letter(mace, nadia, "2026-11-25T10:05:00").form(&ce_assessment(&petra)))
        .live("2026-11-24", "2026-12-04");
    live.until("2026-11-25T11:00:00");
    let r = live.so_far();
    let invited: Vec<_> = r.to(niall).iter().map(|mail| (mail.kind.clone(), mail.children.clone())).collect();
    assert_eq!(invited, [("invitation".to_owned(), addresses(["R-0001"]))], "{}", r.overview());
    assert!(r.journal.contains("cleared by SH-04"), "{}", r.journal);
    // Where the form names none, those of the directory are proposed.
    let (one, other) = (r.alerts("R-0001: whom else to invite?")[0], r.alerts("R-0002: whom else to invite?")[0]);
    let proposed = "1. Invite Niall Sowerby, St Helens Council (advanced practitioner).";
    assert!(!one.says("advanced practitioner") && other.says(proposed), "{}", other.text);
    live.until("2026-12-02T12:00:00");
    live.set_review("R-0001", "2026-12-20").unwrap();
    let r = live.finish();
    let kinds = r.to(niall).into_iter().map(|mail| mail.kind.as_str()).filter(|kind| kind.starts_with("invitation"));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["invitation", "invitation-update"],
        "the slot, and no review: {}",
        r.overview()
    );
}

#[test]
fn sy_34_of_a_child_placed_from_another_area_worker_and_team_manager_are_invited() {
    let (maisie, omar) = (child(967, "Maisie Thornquist"), child(968, "Omar Blakeley"));
    let wendy = "wendy.blenkin@surrey.example";
    let form = |child| rat(child).set("Manager", "Keir Nettleton");
    let mut live = Story::new(BOX)
        .about([&maisie, &omar])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T10:00:00").form(&form(&maisie)))
        .mail(&letter(BOX, wendy, "2026-11-19T10:05:00").form(&form(&omar).lead("Wendy Blenkin")))
        .live("2026-11-17", "2026-11-24");
    live.until("2026-11-17T09:00:00");
    // Viktor works in the North West, Wendy here.
    live.directory(|rows| {
        for (who, area) in [(VIKTOR, "North West"), (wendy, "South East")] {
            let worker = rows.iter_mut().find(|row| row.email.to_string() == who).unwrap();
            worker.areas = vec![area.to_owned()];
        }
    });
    let r = live.finish();
    let keir = "keir.nettleton@surrey.example";
    assert_eq!(to(&r, "invitation"), [VIKTOR, keir, wendy], "{}", r.overview());
    let theirs: Vec<_> = r.to(keir).iter().map(|mail| mail.children.clone()).collect();
    assert!(theirs.iter().all(|children| *children == addresses(["R-0001"])), "{}", r.overview());
}

#[test]
fn bd_04_nurses_are_told_once_of_a_referral_that_is_taken_and_admin_where_there_are_none() {
    let (maisie, omar) = (child(969, "Maisie Thornquist"), child(970, "Omar Blakeley"));
    let story = super::members::own_profile();
    let file = story.path("panels/surrey-rmm.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("[timers.assessment]", "[timers.health]\nrole = \"engage-nurse\"\n\n[timers.assessment]"),
    )
    .unwrap();
    let mut live = story
        .about([&maisie, &omar])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T10:00:00").form(&rat(&maisie)))
        .mail(&letter(BOX, VIKTOR, "2026-11-20T10:00:00").form(&rat(&omar)))
        .mail(&letter(BOX, VIKTOR, "2026-11-20T11:00:00").form(&rat(&maisie).dated("20/11/2026")))
        .live("2026-11-17", "2026-11-24");
    live.until("2026-11-19T12:00:00");
    let r = live.so_far();
    assert_eq!(r.alerts("R-0001: nobody to assess the child's health").len(), 1, "{}", r.overview());
    let nurse = "engage.nurses@nhs.example";
    live.directory(|rows| {
        let mut new = row(&rows[0], "Engage nurses", nurse, "engage-nurse", "Community health", "");
        new.panels = vec![BOX.into()];
        rows.push(new);
    });
    let r = live.finish();
    let [mail] = r.to(nurse).try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert_eq!((mail.kind.as_str(), mail.children.clone()), ("reminder", addresses(["R-0002"])));
    assert!(mail.says("A referral of this child was taken on Fri 20 November 2026. (rule BD-04)"), "{}", mail.text);
    assert!(mail.files.is_empty() && mail.says("There is nothing to wait for"), "{}", mail.text);
}
