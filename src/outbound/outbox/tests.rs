use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn t(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
}

fn address(n: usize) -> Address {
    format!("r{n}@nhs.example").parse().unwrap()
}

fn entry(people: usize) -> Entry {
    let recipient =
        |n| Recipient { address: address(n), state: RecipientState::Pending, at_the_dot: false, left: false };
    Entry {
        state: EntryState::Queued,
        attempt: 0,
        due_at: t(0),
        expires_at: t(600),
        dot_at: None,
        standing: Standing::default(),
        recipients: (0..people).map(recipient).collect(),
    }
}

fn run(entry: &Entry, events: &[Event], now: Timestamp) -> Entry {
    events.iter().fold(entry.clone(), |entry, event| step(&entry, event, now).unwrap().entry)
}

fn to_the_dot(people: usize) -> Vec<Event> {
    vec![Event::Begin, Event::AtTheDot { attempt: 1, recipients: (0..people).map(address).collect() }]
}

fn replied(attempt: u32, replies: &[(usize, Reply)]) -> Event {
    let reply = |(n, reply): &(usize, Reply)| RecipientReply { address: address(*n), reply: reply.clone() };
    Event::Replied { attempt, replies: replies.iter().map(reply).collect(), jitter: 0 }
}

fn transient() -> Reply {
    Reply::Transient(Refusal { code: Some(451), status: None, why: "later" })
}

fn permanent() -> Reply {
    Reply::Permanent(Refusal { code: Some(550), status: None, why: "no" })
}

/// An event of a given attempt.
type Make = fn(u32) -> Event;

/// An entry of two people in each state, and each kind of event: the whole table, cell by cell.
#[test]
fn every_state_and_event_is_decided() {
    let queued = entry(2);
    let sending = run(&queued, &[Event::Begin], t(0));
    let dot = run(&queued, &to_the_dot(2), t(0));
    let settled = run(&dot, &[replied(1, &[(0, Reply::Accepted), (1, Reply::Accepted)])], t(1));
    let held = run(&queued, &[Event::Hold], t(0));
    let cancelled = run(&queued, &[Event::Cancel], t(0));
    let expired = step(&queued, &Event::Tick, t(600)).unwrap().entry;
    let states = [&queued, &sending, &dot, &settled, &held, &cancelled, &expired];
    assert_eq!(states.map(|e| e.state), EntryState::ALL);

    // All events at a time when the queued one is due, the wait after the dot is over, and nothing has expired.
    let now = t(31);
    let attempt = 1;
    let events: [(&str, Make); 14] = [
        ("begin", |_| Event::Begin),
        ("at the dot", |attempt| Event::AtTheDot { attempt, recipients: vec![address(0)] }),
        ("accepted", |attempt| replied(attempt, &[(0, Reply::Accepted), (1, Reply::Accepted)])),
        ("put off", |attempt| replied(attempt, &[(0, transient()), (1, transient())])),
        ("refused", |attempt| replied(attempt, &[(0, permanent()), (1, permanent())])),
        ("not begun", |attempt| Event::NotBegun { attempt }),
        ("lost", |attempt| Event::Lost { attempt, jitter: 0 }),
        ("found", |attempt| Event::Settle { attempt, proof: Proof::Found }),
        ("absent", |attempt| Event::Settle { attempt, proof: Proof::AbsentAfterCanary }),
        ("not yet", |attempt| Event::Settle { attempt, proof: Proof::NotYet }),
        ("hold", |_| Event::Hold),
        ("release", |_| Event::Release),
        ("cancel", |_| Event::Cancel),
        ("tick", |_| Event::Tick),
    ];
    let decide = |entry: &Entry, event: Make| match step(entry, &event(attempt), now) {
        Ok(next) => next.entry.state.as_str().to_owned(),
        Err(Refused::NotNow(_)) => "-".to_owned(),
        Err(Refused::StaleAttempt { .. }) => "stale".to_owned(),
        Err(Refused::AcceptedBeforeTheDot) => "too soon".to_owned(),
        Err(Refused::NotSettled) => "wait".to_owned(),
        Err(Refused::NotDue) => "not due".to_owned(),
        Err(other) => panic!("{other}"),
    };
    let table: Vec<(&str, Vec<String>)> =
        events.iter().map(|(name, event)| (*name, states.iter().map(|e| decide(e, *event)).collect())).collect();
    // queued, sending, at-the-dot, settled, held, cancelled, expired
    let expected: [(&str, [&str; 7]); 14] = [
        ("begin", ["sending", "-", "-", "-", "-", "-", "-"]),
        ("at the dot", ["-", "at-the-dot", "-", "-", "-", "-", "-"]),
        ("accepted", ["-", "too soon", "settled", "-", "-", "-", "-"]),
        ("put off", ["-", "queued", "queued", "-", "-", "-", "-"]),
        ("refused", ["-", "settled", "settled", "-", "-", "-", "-"]),
        ("not begun", ["-", "queued", "-", "-", "-", "-", "-"]),
        ("lost", ["stale", "queued", "at-the-dot", "-", "stale", "stale", "stale"]),
        ("found", ["-", "-", "settled", "-", "-", "-", "-"]),
        ("absent", ["-", "-", "queued", "-", "-", "-", "-"]),
        ("not yet", ["-", "-", "wait", "-", "-", "-", "-"]),
        ("hold", ["held", "-", "held", "-", "-", "-", "-"]),
        ("release", ["-", "-", "-", "-", "queued", "-", "-"]),
        ("cancel", ["cancelled", "-", "-", "-", "cancelled", "-", "-"]),
        ("tick", ["not due", "-", "-", "-", "not due", "-", "-"]),
    ];
    let expected: Vec<(&str, Vec<String>)> =
        expected.iter().map(|(name, cells)| (*name, cells.iter().map(|c| (*c).to_owned()).collect())).collect();
    assert_eq!(table, expected);
}

#[test]
fn a_mail_whose_turn_did_not_come_is_due_as_it_was() {
    let queued = entry(1);
    assert_eq!(run(&queued, &[Event::Begin, Event::NotBegun { attempt: 1 }], t(3)), queued);
    // Another attempt's turn is not given back with it.
    let again = run(&queued, &[Event::Begin, Event::Lost { attempt: 1, jitter: 0 }], t(3));
    let again = run(&again, &[Event::Begin], t(10));
    let stale = step(&again, &Event::NotBegun { attempt: 1 }, t(10)).unwrap_err();
    assert_eq!(stale, Refused::StaleAttempt { given: 1, current: 2 });
}

#[test]
fn one_refused_recipient_does_not_stop_the_others() {
    let sending = run(&entry(3), &[Event::Begin], t(0));
    let refused = run(
        &sending,
        &[
            Event::AtTheDot { attempt: 1, recipients: vec![address(0)] },
            replied(1, &[(0, Reply::Accepted), (1, permanent()), (2, transient())]),
        ],
        t(1),
    );
    let states: Vec<_> = refused.recipients.iter().map(|r| r.state).collect();
    assert_eq!(states, [RecipientState::Accepted, RecipientState::Failed, RecipientState::Deferred]);
    assert_eq!(refused.state, EntryState::Queued);
    assert_eq!(step(&refused, &Event::Begin, t(1)).unwrap_err(), Refused::NotDue);
    let again = run(&refused, &[Event::Begin], t(2));
    assert_eq!(again.attempt, 2);
    // The one who has it can be addressed no more.
    let twice = Event::AtTheDot { attempt: 2, recipients: vec![address(0)] };
    assert_eq!(step(&again, &twice, t(2)).unwrap_err(), Refused::NotOpen);
}

#[test]
fn an_unknown_mail_is_sent_again_only_by_settling_after_the_wait() {
    let dot = run(&entry(1), &to_the_dot(1), t(0));
    let unknown = run(&dot, &[Event::Lost { attempt: 1, jitter: 0 }], t(1));
    assert_eq!(unknown.state, EntryState::AtTheDot);
    let settle = |attempt, proof| Event::Settle { attempt, proof };
    for (event, now, refused) in [
        (Event::Begin, t(40), Refused::NotNow(EntryState::AtTheDot)),
        (Event::Release, t(40), Refused::NotNow(EntryState::AtTheDot)),
        (Event::Cancel, t(40), Refused::NotNow(EntryState::AtTheDot)),
        (settle(2, Proof::Found), t(40), Refused::StaleAttempt { given: 2, current: 1 }),
        (settle(1, Proof::AbsentAfterCanary), t(29), Refused::NotSettled),
        (settle(1, Proof::NoJournal), t(29), Refused::NotSettled),
        (settle(1, Proof::NotYet), t(59), Refused::NotSettled),
    ] {
        assert_eq!(step(&unknown, &event, now).unwrap_err(), refused, "{event:?}");
    }
    let requeued = run(&unknown, &[settle(1, Proof::NoJournal)], t(30));
    assert_eq!((requeued.state, requeued.due_at), (EntryState::Queued, t(30)));
    // The other host's settling comes too late.
    let again = run(&requeued, &[Event::Begin], t(30));
    assert!(step(&again, &settle(1, Proof::NoJournal), t(31)).is_err());
    // Not even the canary came: a person is asked, and nothing goes by itself.
    let held = run(&unknown, &[settle(1, Proof::NotYet)], t(60));
    assert_eq!((held.state, held.recipients[0].at_the_dot), (EntryState::Held, true));
    assert_eq!(
        step(&held, &settle(1, Proof::AbsentAfterCanary), t(90)).unwrap_err(),
        Refused::NotNow(EntryState::Held),
        "what a person looks at goes by their word"
    );
    // Proof needs no wait, either way.
    let absent = run(&unknown, &[settle(1, Proof::Absent)], t(1));
    assert_eq!((absent.state, absent.due_at), (EntryState::Queued, t(1)));
    let proven = run(&unknown, &[settle(1, Proof::Found)], t(1));
    assert_eq!((proven.state, proven.recipients[0].state), (EntryState::Settled, RecipientState::Accepted));
}

#[test]
fn an_unknown_mail_that_should_not_go_again_is_held_and_one_surely_not_taken_is_given_up() {
    let unknown = run(&entry(1), &to_the_dot(1), t(0));
    let settle = Event::Settle { attempt: 1, proof: Proof::AbsentAfterCanary };
    for (superseded, withdrawn, restricted, now, given_up) in [
        (true, false, false, t(40), EntryState::Cancelled),
        (false, true, false, t(40), EntryState::Cancelled),
        (false, false, true, t(40), EntryState::Held),
        (true, false, true, t(40), EntryState::Held),
        (false, false, false, t(600), EntryState::Expired),
    ] {
        let standing = Standing { superseded, withdrawn, restricted, ..Standing::default() };
        let entry = Entry { standing, ..unknown.clone() };
        for (proof, state) in [
            (Proof::AbsentAfterCanary, EntryState::Held),
            (Proof::NoJournal, EntryState::Held),
            (Proof::Absent, given_up),
        ] {
            let settled = step(&entry, &Event::Settle { attempt: 1, proof }, now).unwrap().entry;
            assert_eq!(settled.state, state, "{proof:?}");
            assert!(settled.recipients[0].at_the_dot, "that it may have arrived is not forgotten");
        }
    }
    let held = Entry { standing: Standing { restricted: true, ..Standing::default() }, ..unknown };
    let held = step(&held, &settle, t(40)).unwrap().entry;
    assert_eq!(step(&held, &Event::Release, t(41)).unwrap_err(), Refused::Unknown);
    let freed = Entry { standing: Standing::default(), ..held };
    assert_eq!(step(&freed, &Event::Release, t(41)).unwrap().entry.state, EntryState::AtTheDot);
}

/// A person decides.
#[test]
fn an_unknown_mail_that_is_held_stays_unknown_until_it_is_proven_or_given_up() {
    let unknown = run(&entry(1), &to_the_dot(1), t(0));
    let held = run(&unknown, &[Event::Hold], t(31));
    assert_eq!((held.state, held.recipients[0].at_the_dot), (EntryState::Held, true));
    assert!(step(&held, &Event::Tick, t(700)).is_err(), "not expired while it may have arrived");
    let proven = run(&held, &[Event::Settle { attempt: 1, proof: Proof::Found }], t(32));
    assert_eq!((proven.state, proven.recipients[0].state), (EntryState::Settled, RecipientState::Accepted));
    // A person says that it did not arrive.
    let again = run(&held, &[Event::Release, Event::Settle { attempt: 1, proof: Proof::Absent }], t(32));
    assert_eq!((again.state, again.recipients[0].at_the_dot), (EntryState::Queued, false));
}

#[test]
fn invariant_5_what_was_restricted_withdrawn_or_late_is_stopped_when_it_is_about_to_go() {
    for (standing, now, state) in [
        (Standing { restricted: true, ..Standing::default() }, t(0), EntryState::Held),
        (Standing { too_large: true, ..Standing::default() }, t(0), EntryState::Held),
        (Standing { exposes: true, ..Standing::default() }, t(0), EntryState::Held),
        (Standing { withdrawn: true, ..Standing::default() }, t(0), EntryState::Cancelled),
        (Standing { superseded: true, ..Standing::default() }, t(0), EntryState::Cancelled),
        (Standing::default(), t(600), EntryState::Expired),
    ] {
        let stopped = step(&Entry { standing, ..entry(1) }, &Event::Begin, now).unwrap().entry;
        assert_eq!((stopped.state, stopped.attempt), (state, 0));
    }
}

#[test]
fn op_12_whoever_left_the_directory_holds_it_and_a_persons_word_sends_it_to_the_others() {
    let left = |mut entry: Entry, who: &[usize]| {
        who.iter().for_each(|n| entry.recipients[*n].left = true);
        entry
    };
    let held = step(&left(entry(3), &[1]), &Event::Begin, t(0)).unwrap().entry;
    assert_eq!((held.state, held.attempt), (EntryState::Held, 0));
    let released = run(&held, &[Event::Release], t(1));
    let states = |entry: &Entry| entry.recipients.iter().map(|r| r.state).collect::<Vec<_>>();
    let (pending, cancelled) = (RecipientState::Pending, RecipientState::Cancelled);
    assert_eq!((released.state, states(&released)), (EntryState::Queued, vec![pending, cancelled, pending]));
    let to_them = Event::AtTheDot { attempt: 1, recipients: vec![address(1)] };
    assert_eq!(step(&run(&released, &[Event::Begin], t(1)), &to_them, t(1)).unwrap_err(), Refused::NotOpen);

    // Back in the directory before the word is spoken: it goes to all.
    let mut back = held.clone();
    back.recipients[1].left = false;
    assert_eq!(states(&run(&back, &[Event::Release], t(1))), vec![pending; 3]);
    // Another who leaves holds it once more.
    assert_eq!(run(&left(released, &[0]), &[Event::Begin], t(2)).state, EntryState::Held);
    // Nobody is left to send it to.
    let alone = left(held, &[0, 1, 2]);
    assert_eq!(step(&alone, &Event::Release, t(1)).unwrap_err(), Refused::NobodyLeft);
    assert_eq!(run(&alone, &[Event::Cancel], t(1)).state, EntryState::Cancelled);
    // Who has it already may leave.
    let dot = run(&entry(2), &to_the_dot(2), t(0));
    let put_off = run(&dot, &[replied(1, &[(0, Reply::Accepted), (1, transient())])], t(1));
    assert_eq!(run(&left(put_off, &[0]), &[Event::Begin], t(3)).state, EntryState::Sending);
}

#[test]
fn a_mail_that_prepares_a_meeting_expires_when_it_begins() {
    let meeting = Some(t(60));
    assert_eq!(expires_at(MailKind::Agenda, t(0), meeting), t(60));
    assert_eq!(expires_at(MailKind::Alert, t(0), meeting), t(48 * 60));
    assert_eq!(expires_at(MailKind::Agenda, t(0), Some(t(1_000_000))), t(48 * 60));
}

#[test]
fn waits_grow_and_are_spread() {
    assert_eq!(back_off(1, 0), SignedDuration::from_secs(48));
    assert_eq!(back_off(1, 255), SignedDuration::from_secs(72));
    assert_eq!(back_off(7, 0), back_off(700, 0));
    let grows = (1..7).all(|n| back_off(n + 1, 0) > back_off(n, 255));
    assert!(grows);
}

fn any_event() -> impl Strategy<Value = Event> {
    let reply = prop_oneof![Just(Reply::Accepted), Just(transient()), Just(permanent())];
    let replies = prop::collection::vec((0usize..3, reply), 0..4);
    let proof = prop_oneof![
        Just(Proof::Found),
        Just(Proof::AbsentAfterCanary),
        Just(Proof::Absent),
        Just(Proof::NotYet),
        Just(Proof::NoJournal)
    ];
    let attempt = 1u32..4;
    prop_oneof![
        3 => Just(Event::Begin),
        3 => (attempt.clone(), prop::collection::btree_set(0usize..3, 0..4)).prop_map(|(attempt, who)| {
            Event::AtTheDot { attempt, recipients: who.into_iter().map(address).collect() }
        }),
        3 => (attempt.clone(), replies, any::<u8>()).prop_map(|(attempt, replies, jitter)| {
            let replies = replies.into_iter().map(|(n, reply)| RecipientReply { address: address(n), reply });
            Event::Replied { attempt, replies: replies.collect(), jitter }
        }),
        2 => (attempt.clone(), any::<u8>()).prop_map(|(attempt, jitter)| Event::Lost { attempt, jitter }),
        1 => attempt.clone().prop_map(|attempt| Event::NotBegun { attempt }),
        2 => (attempt, proof).prop_map(|(attempt, proof)| Event::Settle { attempt, proof }),
        1 => Just(Event::Hold),
        1 => Just(Event::Release),
        1 => Just(Event::Cancel),
        1 => Just(Event::Tick),
    ]
}

fn any_standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        6 => Just(Standing::default()),
        1 => Just(Standing { restricted: true, ..Standing::default() }),
        1 => Just(Standing { superseded: true, ..Standing::default() }),
        1 => Just(Standing { withdrawn: true, ..Standing::default() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    /// Invariant 4: whatever happens in whatever order, a recipient whose fate is unknown is sent the mail again only
    /// after settling; whoever accepted it is never addressed again; settled means that nobody is open.
    #[test]
    fn no_sequence_of_events_sends_an_unknown_mail_again_but_settling(
        steps in prop::collection::vec((any_event(), any_standing(), 0i64..40), 1..40)
    ) {
        let mut entry = entry(3);
        let mut now = 0;
        let mut unknown: BTreeSet<Address> = BTreeSet::new();
        let mut accepted: BTreeSet<Address> = BTreeSet::new();
        for (event, standing, minutes) in steps {
            now += minutes;
            entry.standing = standing;
            let before = entry.clone();
            let Ok(next) = step(&entry, &event, t(now)) else { continue };
            entry = next.entry;
            match &event {
                Event::AtTheDot { recipients, .. } => {
                    for address in recipients {
                        prop_assert!(!accepted.contains(address), "addressed twice");
                        prop_assert!(!unknown.contains(address), "sent again while unknown");
                        unknown.insert(address.clone());
                    }
                }
                Event::Replied { replies, .. } => {
                    for RecipientReply { address, reply } in replies {
                        unknown.remove(address);
                        if *reply == Reply::Accepted {
                            accepted.insert(address.clone());
                        }
                    }
                }
                Event::Settle { proof, .. } => {
                    if *proof == Proof::Found {
                        accepted.extend(unknown.iter().cloned());
                    }
                    if *proof == Proof::Found || entry.state == EntryState::Queued {
                        unknown.clear();
                    }
                }
                _ => {}
            }
            if before.state == EntryState::AtTheDot && entry.state == EntryState::Queued {
                prop_assert!(matches!(event, Event::Settle { .. } | Event::Replied { .. }), "requeued by {event:?}");
            }
            prop_assert!(entry.state != EntryState::Queued || unknown.is_empty(), "unknown and queued");
            prop_assert!(entry.state != EntryState::Sending || unknown.is_empty(), "unknown and sending");
            let is_open = entry.recipients.iter().any(|r| r.state.is_open());
            prop_assert!(!(entry.state.is_final() && is_open), "{:?} with open recipients", entry.state);
            prop_assert!(!before.state.is_final(), "left a final state");
            for recipient in &entry.recipients {
                prop_assert_eq!(recipient.state == RecipientState::Accepted, accepted.contains(&recipient.address));
            }
            // Whoever claimed it may give its attempt's number back, as long as nobody was asked to take it.
            let given_back = before.state == EntryState::Sending && matches!(event, Event::NotBegun { .. });
            prop_assert!(entry.attempt >= before.attempt - u32::from(given_back));
        }
    }
}
