//! Stories of `flow` told once more on servers: what comes in lies in a Dovecot's mailboxes and is read over IMAP, what goes
//! out is delivered by a Postfix, and every recipient's mailbox is opened (`harness/post_office.rs`).

use crate::command::change;
use crate::flow::{approval, invitation, large, members, responses};
use crate::harness::{Live, Story};

fn on_servers(story: Story, from: &str, until: &str) -> Live {
    story.live_on_servers(from, until, "")
}

#[test]
fn rfc_5546_the_whole_life_of_an_invitation_on_real_servers() {
    invitation::whole_life(on_servers);
}

#[test]
fn sy_12_the_members_calendars_on_real_servers() {
    members::calendars(on_servers);
}

#[test]
fn mc_33_a_pack_is_approved_by_answering_its_preview_on_real_servers() {
    approval::approved_by_answering(on_servers);
}

/// The server takes no mail that is larger; what it adds on top counts too.
#[test]
fn op_09_an_oversize_pack_goes_in_parts_through_a_server_with_that_limit() {
    large::numbered_parts(|story, from, until| {
        story.live_on_servers(from, until, &format!("message_size_limit = {}", large::MOST + 1_000))
    });
}

#[test]
fn op_09_one_childs_papers_go_in_parts_through_a_server_with_that_limit() {
    large::one_childs_parts(|story, from, until| {
        story.live_on_servers(from, until, &format!("message_size_limit = {}", large::MOST + 1_000))
    });
}

/// Nobody makes the report up: Postfix accepts the mail, finds no such mailbox, and writes to who sent it.
#[test]
fn rfc_3464_a_mail_that_postfix_returns_is_told_at_once_and_nobody_else_s_is_touched() {
    const GONE: &str = "returned-esther.thackray@acute.nhs.example";
    let live = responses::health_copies(|story, from, until| {
        change(&story.path("directory.csv"), "esther.thackray@acute.nhs.example", GONE);
        on_servers(story, from, until)
    });
    let r = live.so_far();
    let copies = r.to(GONE);
    assert_eq!((copies.len(), copies[0].kind.as_str()), (1, "health-copy"), "{}", r.overview());
    responses::told_that_it_came_back(&live, copies[0], "2026-11-23T10:00:00", "M-000002");
    assert!(r.of("health-copy").len() > 1, "the others have theirs: {}", r.overview());
    assert_eq!(r.received.iter().filter(|m| m.fate == "bounce").count(), 1);
}
