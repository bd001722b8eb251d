//! Whoever has left between composing and sending gets nothing: the directory is asked again just before mail goes (OP-12).

use super::settling::{answer, codes};
use crate::harness::{Live, Results, Story, child, letter, rat};
use dutyclerk::casework::directory::Entry;
use dutyclerk::store::{RecipientChange, RecipientState};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const IDRIS: &str = "idris.hebden@police.example";
const HELD: &str = "is held: the directory has changed";

/// The pack of 25 November is drawn up on Monday at ten, and nothing goes until sending is let go on.
fn drawn_up(n: u32) -> Live {
    let maisie = child(n, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-11-25T09:00:00");
    live.until("2026-11-23T09:00:00");
    live.stop_sending();
    live.until("2026-11-23T12:00:00");
    live
}

fn resumed(live: &mut Live, until: &str) -> Results {
    live.resume_sending();
    live.until(until);
    live.so_far()
}

fn idris(rows: &mut [Entry]) -> &mut Entry {
    rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap()
}

/// The number of the agenda that is held, as its alert says.
fn held_agenda(r: &Results) -> String {
    let told = r.alerts(HELD).into_iter().find(|alert| alert.says("(agenda for surrey-rmm-se/2026-11-25)"));
    let told = told.unwrap_or_else(|| panic!("{}", r.overview()));
    assert!(
        told.says("of whom the directory lists 1 no more at the address it has for them: police."),
        "{}",
        told.text
    );
    told.subject.split(' ').find(|word| word.starts_with("S-")).unwrap().to_owned()
}

#[test]
fn op_12_a_member_who_left_holds_the_pack_and_a_persons_word_sends_it_to_the_others() {
    let mut live = drawn_up(620);
    live.directory(|rows| rows.retain(|row| row.email.to_string() != IDRIS));
    let r = resumed(&mut live, "2026-11-23T12:10:00");
    assert!(r.of("agenda").is_empty(), "{}", r.overview());
    let number = held_agenda(&r);
    assert!(r.journal.contains("agenda: held (OP-12)"), "{}", r.journal);
    assert_eq!(live.judge_mail(&number, true).unwrap(), "queued");
    live.until("2026-11-23T12:20:00");
    let r = live.so_far();
    // That its head names the same people holds of every mail (`harness/results.rs`).
    let agenda = r.only("agenda");
    assert!(agenda.to.len() >= 4 && !agenda.goes_to(IDRIS), "{:?}", agenda.to);
    assert_eq!((agenda.files.len(), agenda.children.len()), (1, 1));
    assert!(r.journal.contains("a person let it go, without 1 who left the directory"), "{}", r.journal);
    // What was frozen stays as it was, and leads to the mail that went.
    assert!(agenda.number != number && agenda.says(&format!("Our reference: {number}")), "{}", agenda.text);
    let (state, instead, whole) = live.ask(async |store| {
        let mut view = store.read().await.unwrap();
        let held = view.entry(number.parse().unwrap()).await.unwrap().unwrap();
        let whole = String::from_utf8(view.frozen(&held).await.unwrap().to_vec()).unwrap();
        (held.state.to_string(), held.superseded_by.map(|by| by.to_string()), whole)
    });
    assert_eq!((state.as_str(), instead.as_deref()), ("cancelled", Some(agenda.number.as_str())));
    assert!(whole.contains(IDRIS));
    // Its members have the pack: what follows is no second one.
    let r = live.finish();
    assert!(r.of("agenda").len() == 1 && r.of("supplement").is_empty(), "{}", r.overview());
}

#[test]
fn op_12_whoever_has_the_mail_already_is_sent_it_no_second_time() {
    let mut live = drawn_up(629);
    live.directory(|rows| rows.retain(|row| row.email.to_string() != IDRIS));
    let number = held_agenda(&resumed(&mut live, "2026-11-23T12:10:00"));
    let first = live.ask(async |store| {
        let mut tx = store.begin("2026-11-23T12:10:00Z".parse().unwrap()).await.unwrap();
        let held = tx.entry(number.parse().unwrap()).await.unwrap().unwrap();
        let position = 0;
        let taken = RecipientChange { position, state: RecipientState::Accepted, reply_code: None, reply_class: None };
        tx.change_recipients(held.number, &[taken]).await.unwrap();
        tx.commit().await.unwrap();
        held.envelope.open().unwrap().to[position].address.to_string()
    });
    live.judge_mail(&number, true).unwrap();
    live.until("2026-11-23T12:20:00");
    let r = live.so_far();
    let agenda = r.only("agenda");
    assert!(agenda.to.len() >= 3 && !agenda.goes_to(&first) && !agenda.goes_to(IDRIS), "{:?}", agenda.to);
}

#[test]
fn op_12_the_same_answer_by_mail_says_which_mail_goes_instead() {
    let mut live = drawn_up(630);
    live.directory(|rows| rows.retain(|row| row.email.to_string() != IDRIS));
    let r = resumed(&mut live, "2026-11-23T12:10:00");
    let number = held_agenda(&r);
    let told = r.alerts(HELD).into_iter().find(|alert| alert.says("(agenda for")).unwrap().clone();
    let admin = "graham.rimmer@surrey.example";
    live.deliver(&answer(&told, admin, "2026-11-23T12:15:00", &format!("{} 1", codes(&told)[0].1)));
    live.until("2026-11-23T12:30:00");
    let r = live.so_far();
    let agenda = r.only("agenda");
    let became = r.answer("002.eml");
    assert!(
        became.says(&format!(
            "{} goes in the place of {number}: the same mail, to those who are still listed.",
            agenda.number
        )),
        "{}",
        became.text
    );
}

#[test]
fn op_12_whoever_left_and_is_now_only_the_deputy_of_who_came_has_left() {
    let mut live = drawn_up(628);
    live.directory(|rows| {
        let new = Entry {
            name: "Nell Carver".to_owned().into(),
            email: "nell.carver@police.example".parse().unwrap(),
            deputy: Some(IDRIS.parse().unwrap()),
            ..idris(rows).clone()
        };
        idris(rows).panels.clear();
        rows.push(new);
    });
    let r = resumed(&mut live, "2026-11-23T12:10:00");
    assert!(r.of("agenda").is_empty(), "nobody has said that he stands in: {}", r.overview());
    held_agenda(&r);
}

#[test]
fn op_12_a_row_that_ran_out_meanwhile_is_gone_and_one_that_is_put_right_is_not() {
    let mut live = drawn_up(621);
    live.directory(|rows| idris(rows).valid_until = Some("2026-11-23".parse().unwrap()));
    let r = resumed(&mut live, "2026-11-23T12:10:00");
    assert!(r.only("agenda").goes_to(IDRIS), "a row may be used on its last day");

    let mut live = drawn_up(622);
    live.directory(|rows| idris(rows).valid_until = Some("2026-11-23".parse().unwrap()));
    live.until("2026-11-24T09:00:00");
    let r = resumed(&mut live, "2026-11-24T09:10:00");
    let number = held_agenda(&r);
    live.directory(|rows| idris(rows).valid_until = None);
    live.judge_mail(&number, true).unwrap();
    live.until("2026-11-24T09:20:00");
    assert!(live.so_far().only("agenda").goes_to(IDRIS), "listed again, so it is theirs");
}

#[test]
fn op_12_another_address_holds_it_and_an_address_that_became_an_alias_does_not() {
    let mut live = drawn_up(623);
    live.directory(|rows| idris(rows).email = "idris.hebden@north.police.example".parse().unwrap());
    held_agenda(&resumed(&mut live, "2026-11-23T12:10:00"));

    let mut live = drawn_up(624);
    live.directory(|rows| {
        let row = idris(rows);
        row.aliases.push(row.email.clone());
        row.email = "idris.hebden@north.police.example".parse().unwrap();
    });
    let r = resumed(&mut live, "2026-11-23T12:10:00");
    assert!(r.only("agenda").goes_to(IDRIS) && r.alerts(HELD).is_empty(), "{}", r.overview());
}

#[test]
fn op_12_a_member_of_another_panel_now_is_none_of_this_one() {
    let mut live = drawn_up(625);
    live.directory(|rows| idris(rows).panels = vec!["surrey-rmm-nw".into()]);
    held_agenda(&resumed(&mut live, "2026-11-23T12:10:00"));
}

#[test]
fn op_12_mail_to_nobody_who_is_left_stays_held_until_it_is_taken_back() {
    let mut live = drawn_up(626);
    // The invitation and the extract of the worker, who has left the authority.
    live.directory(|rows| rows.retain(|row| row.email.to_string() != VIKTOR));
    let r = resumed(&mut live, "2026-11-23T12:10:00");
    assert!(r.of("extract").is_empty() && r.only("agenda").goes_to(IDRIS), "{}", r.overview());
    let told = r.alerts(HELD).into_iter().find(|alert| alert.says("(extract for")).unwrap();
    let number = told.subject.split(' ').find(|word| word.starts_with("S-")).unwrap().to_owned();
    let refused = live.judge_mail(&number, true).unwrap_err().to_string();
    assert!(refused.contains(&format!("outbox cancel {number}")), "{refused}");
    assert_eq!(live.judge_mail(&number, false).unwrap(), "cancelled");
}

/// Whatever waits for days goes in the end, as if it had not waited.
#[test]
fn op_12_nothing_is_held_while_the_directory_stays_as_it_is() {
    let mut live = drawn_up(627);
    let r = resumed(&mut live, "2026-11-24T18:00:00");
    assert!(r.alerts(HELD).is_empty() && !r.journal.contains("OP-12"), "{}", r.overview());
    for kind in ["agenda", "extract", "health-copy", "notification", "invitation"] {
        assert!(!r.of(kind).is_empty(), "{kind}: {}", r.overview());
    }
}

#[test]
fn sy_10_a_pack_that_goes_without_a_member_whose_row_ran_out_is_told_the_same_hour() {
    let maisie = child(629, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-11-25T09:00:00");
    live.until("2026-11-20T12:00:00");
    live.directory(|rows| idris(rows).valid_until = Some("2026-11-22".parse().unwrap()));
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    assert!(!r.only("agenda").goes_to(IDRIS), "{}", r.overview());
    let told = r.alerts("the pack of surrey-rmm-se/2026-11-25 goes without: police");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert!(told[0].says("Their row has run out") && told[0].says("SY-10"), "{}", told[0].text);
}
