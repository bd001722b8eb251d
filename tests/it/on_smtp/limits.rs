//! What a server takes only so much of: size, recipients a transaction; and a login that it takes no more.

use super::*;

/// A desk whose server is on this port.
async fn at_port(port: impl Fn(&Postfix) -> u16) -> Desk {
    let postfix = Postfix::running();
    Desk::with(SmtpSettings { port: port(&postfix), ..postfix.settings() }).await
}

/// RFC 1870; and `552 5.3.4` from a server that does not announce its limit.
#[test]
fn a_mail_too_big_for_the_server_is_given_up_at_once_told_and_stops_no_other() {
    run(async {
        let ports: [fn(&Postfix) -> u16; 2] = [|postfix| postfix.narrow, |postfix| postfix.mute];
        for port in ports {
            let mut desk = at_port(port).await;
            let big =
                desk.post_body("rmm", &["amy", "ben"], None, &"a line of a very long paper\r\n".repeat(1000)).await;
            let small = desk.post("rmm", &["amy"]).await;
            assert_eq!(desk.turn(start()).await, 2);
            assert_eq!(desk.states(big).await, (EntryState::Settled, vec![FAILED, FAILED]));
            assert_eq!(desk.states(small).await, (EntryState::Settled, vec![ACCEPTED]));
            for recipient in desk.recipients(big).await {
                assert_eq!((recipient.reply_code, recipient.reply_class.as_deref()), (Some(552), Some("5.3.4")));
            }
            let alerts = desk.alerts().await;
            assert_eq!(alerts.len(), 1, "{alerts:?}");
            let told = alerts[0].contains(&format!("{big} did not reach 2 of 2")) && alerts[0].contains("552 5.3.4");
            assert!(told, "{}", alerts[0]);
            desk.gets("amy", 1).await;
            desk.gets("journal", 1).await;
            assert_eq!(desk.has("ben"), 0);
        }
    });
}

/// RFC 5321 4.5.3.1.10: `452 4.5.3`. Our own journal mailbox is in each transaction, for each needs its proof.
#[test]
fn more_recipients_than_a_transaction_takes_have_it_in_later_ones_and_nobody_twice() {
    run(async {
        let mut desk = at_port(|postfix| postfix.narrow).await;
        let everybody = ["amy", "ben", "cat", "dan", "eve"];
        let number = desk.post("rmm", &everybody).await;
        assert_eq!(desk.turn(start()).await, 1);
        let (state, recipients) = desk.states(number).await;
        let put_off = vec![ACCEPTED, ACCEPTED, DEFERRED, DEFERRED, DEFERRED];
        assert_eq!((state, recipients), (EntryState::Queued, put_off), "the journal mailbox and two");
        let third = desk.recipients(number).await.swap_remove(2);
        assert_eq!((third.reply_code, third.reply_class.as_deref()), (Some(452), Some("4.5.3")));
        let mut attempts = 1;
        while desk.entry(number).await.state == EntryState::Queued {
            attempts += 1;
            assert!(attempts <= 3, "two at a time: {:?}", desk.states(number).await);
            let due = desk.entry(number).await.due_at;
            assert_eq!(desk.turn(due).await, 1);
        }
        assert_eq!(desk.states(number).await, (EntryState::Settled, vec![ACCEPTED; 5]));
        for name in everybody {
            desk.gets(name, 1).await;
        }
        desk.gets("journal", 3).await;
        assert!(desk.alerts().await.is_empty(), "{:?}", desk.alerts().await);
    });
}

/// Microsoft 365 switches logins off with `550 5.7.30`: a 5xx that says nothing about the mail.
#[test]
fn a_login_that_is_switched_off_fails_no_mail_and_is_told_at_once() {
    run(async {
        for sender in ["login-refused-at-rcpt", "login-refused-after-data"] {
            let mut desk = Desk::new().await;
            let number = desk.post(sender, &["amy", "ben"]).await;
            desk.turn(start()).await;
            assert_eq!(desk.states(number).await, (EntryState::Queued, vec![DEFERRED, DEFERRED]), "{sender}");
            let amy = desk.recipients(number).await.swap_remove(0);
            assert_eq!((amy.reply_code, amy.reply_class.as_deref()), (Some(550), Some("5.7.30")), "{sender}");
            let server = desk.store().read().await.unwrap().submission_server().await.unwrap().unwrap();
            assert_eq!(
                (server.last_error.as_deref(), server.alerted_at),
                (Some("login_refused"), Some(start())),
                "{sender}"
            );
            let alerts = desk.alerts().await;
            assert!(alerts.iter().any(|alert| alert.contains("no mail is leaving")), "{sender}: {alerts:?}");
            // The login is mended, which for this server is another sender's mail: it goes, and the trouble is over.
            let other = desk.post("rmm", &["cat"]).await;
            desk.turn(minutes(2)).await;
            assert_eq!(desk.states(other).await, (EntryState::Settled, vec![ACCEPTED]), "{sender}");
            assert_eq!((desk.has("amy"), desk.has("ben")), (0, 0));
        }
    });
}
