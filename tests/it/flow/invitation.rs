//! The whole life of one invitation: asked, moved, accepted under an alias, declined, stood in for, taken back.

use super::responses::{property, reply};
use crate::harness::{Begin, Sent, Story, addresses, ce_assessment, child, letter, mace_template, same_second};

const PRIYA: &str = "priya.quarmby@st-helens.example";
/// Hers too, by the directory.
const ALIAS: &str = "c.oldname@st-helens.example";
const ADMIN: &str = "ben.holroyd@st-helens.example";
const BOX: &str = "st-helens-mace";

#[test]
fn rfc_5546_an_invitation_is_asked_moved_accepted_declined_stood_in_for_and_taken_back() {
    whole_life(Story::live);
}

/// What the calendar says: method, UID, SEQUENCE.
fn version(mail: &Sent) -> (String, String, String) {
    (property(mail, "METHOD"), property(mail, "UID"), property(mail, "SEQUENCE"))
}

pub(crate) fn whole_life(begin: Begin) {
    let rory = child(506, "Rory Quillfeather");
    let assessed = ce_assessment(&rory).lead("Priya Quarmby");
    let story = Story::new(BOX).about([&rory]).mail(&letter(BOX, PRIYA, "2026-11-10T16:40:00").form(&assessed));
    let mut live = begin(story, "2026-11-10", "2026-11-25");
    live.until("2026-11-17T18:00:00");
    // The panel sets a review, and another day for it, and closes the case in the end.
    let record = mace_template(&rory).set("Allocated social worker", "Priya Quarmby");
    let from_admin = |at: &str| letter(BOX, ADMIN, at);
    live.deliver(&from_admin("2026-11-18T11:00:00").form(&record.clone().set("Date of next MACE", "26/01/2027")));
    live.until("2026-11-18T12:00:00");
    let asked = live.so_far().for_meeting("invitation", "st-helens-mace/2027-01-26")[0].clone();
    let (method, uid, sequence) = version(&asked);
    assert_eq!((method.as_str(), sequence.as_str(), &asked.to), ("REQUEST", "0", &addresses([PRIYA])));
    live.deliver(&from_admin("2026-11-19T11:00:00").form(&record.clone().set("Date of next MACE", "14/01/2027")));
    live.until("2026-11-19T12:00:00");
    let moved = live.so_far().for_meeting("invitation-update", "st-helens-mace/2027-01-12")[0].clone();
    assert_eq!(version(&moved), ("REQUEST".to_owned(), uid.clone(), "1".to_owned()));

    // Accepted under an old address; the next day she is on leave.
    live.deliver(&reply(&moved, letter(BOX, ALIAS, "2026-11-19T13:00:00"), ALIAS, "ACCEPTED"));
    live.until("2026-11-19T14:00:00");
    let kept = async |store: &dutyclerk::store::Store| {
        store.read().await.unwrap().invitation(&uid).await.unwrap().unwrap().partstat.unwrap().0
    };
    assert_eq!(live.ask(kept), "accepted");
    assert!(live.so_far().of("reminder").is_empty());
    live.deliver(&reply(&moved, letter(BOX, PRIYA, "2026-11-20T09:30:00"), PRIYA, "DECLINED"));
    live.until("2026-11-20T10:00:00");
    assert_eq!(live.ask(kept), "declined");
    let r = live.so_far();
    let chase = r.only("reminder");
    assert_eq!(chase.to, addresses(["idris.yardley@st-helens.example"]), "the manager stands in");
    same_second(chase.at, "2026-11-20T09:30:00");
    assert!(chase.says("(rule SH-11)"), "{}", chase.text);

    let closed = record
        .set("Outcome agreed by MACE", "Child is not being exploited")
        .set("Decision of MACE", "Close")
        .set("Rationale for closure", "No contact with the adults named since the summer.");
    live.deliver(&from_admin("2026-11-23T11:00:00").form(&closed));
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    let taken_back = r.only("invitation-cancel");
    assert_eq!(version(taken_back), ("CANCEL".to_owned(), uid.clone(), "2".to_owned()));
    assert_eq!(taken_back.to, addresses([PRIYA]));
    let answers = r.received.iter().filter(|m| m.fate == "calendar_reply").count();
    assert_eq!(answers, 2, "{}", r.overview());
}
