//! A story told over real servers: the same mail, put into real mailboxes at the same moments of a manual clock.

use super::imap::{Dovecot, Person};
use super::story::Story;
use dutyclerk::casework::MailboxId;
use dutyclerk::config::Config;
use dutyclerk::inbound::mailbox::Mailbox;
use dutyclerk::store::{Place, StoreSettings};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// `sent.jsonl` of the story with its mail on a real server.
pub(super) fn sent(story: &Story, from: Timestamp, until: Timestamp) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(tell(story, from, until))
}

async fn tell(story: &Story, from: Timestamp, until: Timestamp) -> String {
    let config = Config::load(story.folder.path()).unwrap();
    let out = story.path("out-on-a-server");
    let nothing = story.path("no-mail");
    std::fs::create_dir_all(&nothing).unwrap();
    let place = Place::Server(super::postgres::Postgres::running().database(story.folder.path()).await);
    let store = StoreSettings { durable: false, ..StoreSettings::new(place) };
    let laid_out = dutyclerk::cli::rehearsal_in(&config, store, nothing, from, until, out.clone());
    let mut rehearsal = laid_out.await.unwrap();
    let engine = rehearsal.daemon.store.engine().await.unwrap();
    super::print(&format!("told once more on Dovecot and {engine}"));
    assert!(engine.starts_with("PostgreSQL"), "{engine}");
    let dovecot = Dovecot::running();
    let user = |id: &MailboxId| format!("{}-{id}@test.example", unique());
    let users: BTreeMap<MailboxId, String> = config.mailboxes.iter().map(|m| (m.id.clone(), user(&m.id))).collect();
    rehearsal.daemon.sources = users.iter().map(|(id, user)| (id.clone(), dovecot.source(id.as_str(), user))).collect();
    let mut people: BTreeMap<MailboxId, Person> = BTreeMap::new();
    for (id, user) in &users {
        people.insert(id.clone(), dovecot.person(user).await);
    }
    let mut to_come = letters(story, from, until).await;
    to_come.reverse();
    let mut now = from;
    while now < until {
        while let Some((arrived_at, mailbox, _, bytes)) = to_come.pop_if(|(at, ..)| *at <= now) {
            let person = people.get_mut(&mailbox).unwrap();
            dovecot.deliver(person, &users[&mailbox], arrived_at, &bytes).await;
        }
        let turn = rehearsal.daemon.turn(now).await.unwrap();
        let next = to_come.last().map(|(at, ..)| *at).into_iter().chain(turn.next).filter(|at| *at > now).min();
        now = next.unwrap_or(until);
    }
    for (id, person) in &mut people {
        assert_eq!(person.count("INBOX").await, (0, 0), "{id}: everything was taken in and moved away");
        assert_eq!(person.count("Processed").await.1, 0, "{id}: nothing was marked as read");
    }
    rehearsal.results().await.unwrap();
    std::fs::read_to_string(out.join("sent.jsonl")).unwrap_or_default()
}

/// The story's mail by arrival, as `simulate` finds it, with the name of its file.
pub(super) async fn letters(
    story: &Story,
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Timestamp, MailboxId, String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(story.path("mail")).unwrap() {
        let folder = folder.unwrap();
        let id = MailboxId::from(folder.file_name().to_str().unwrap());
        let mut mailbox = Mailbox::open(id.clone(), &folder.path()).unwrap();
        for occurrence in mailbox.sweep().await.unwrap().occurrences {
            if (from..until).contains(&occurrence.arrived_at) {
                let bytes = mailbox.fetch(&occurrence.key, u64::MAX - 1).await.unwrap().bytes;
                found.push((occurrence.arrived_at, id.clone(), occurrence.file.into_inner(), bytes));
            }
        }
    }
    found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    found
}

/// A name no other test has.
pub(crate) fn unique() -> String {
    let chance = dutyclerk::clock::Chance::system().unwrap();
    chance.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
}
