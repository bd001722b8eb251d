//! The program as a process, with the shipped configuration on the test servers: what `check --connect` tells, what
//! monitoring sees, and that neither secret nor token is in any log, however talkative it is made.

use super::{run, sooner_or_later};
use crate::command::{change, dutyclerk, err, json, out};
use crate::harness::{Answer, Postfix, SECRET, Story, TokenEndpoint, at, unique};
use crate::on_imap::referral;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};

/// Five shared mailboxes, a mail server and a journal mailbox, all opened with one application's tokens.
struct Installed {
    story: Story,
    endpoint: TokenEndpoint,
    postfix: Postfix,
    id: String,
}

impl Installed {
    fn new() -> Self {
        let (story, endpoint) = (Story::new("surrey-rmm-se"), TokenEndpoint::new());
        let (postfix, id) = (Postfix::running(), unique());
        std::fs::write(story.path("client-secret"), format!("{SECRET}\n")).unwrap();
        let main = story.path("dutyclerk.toml");
        let (ca, imaps) = (postfix.dovecot.ca.display().to_string(), postfix.dovecot.imaps);
        for mailbox in ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"] {
            let folder = format!("source = \"maildir\"\npath = \"mail/{mailbox}\"\n");
            let server = format!(
                "source = \"imap\"\nimap = {{ host = \"localhost\", port = {imaps}, ca_file = \"{ca}\", oauth = \"m365\", user = \
                 \"{mailbox}-{id}@surrey.example\" }}\n"
            );
            change(&main, &folder, &server);
        }
        let text = std::fs::read_to_string(&main).unwrap();
        let kept: String = text.lines().filter(|l| !l.starts_with("most_answers")).map(|l| format!("{l}\n")).collect();
        std::fs::write(&main, kept).unwrap();
        let sending = format!(
            "sink = \"smtp\"\n\n[send.smtp]\nhost = \"localhost\"\nport = {}\nca_file = \"{ca}\"\nuser = \
             \"clerk@surrey.example\"\noauth = \"m365\"\n\n[send.journal]\naddress = \
             \"journal-{id}@surrey.example\"\n\n[send.journal.imap]\nhost = \"localhost\"\nport = {imaps}\nca_file = \
             \"{ca}\"\noauth = \"m365\"\n\n[oauth.m365]\nendpoint = \"{}\"\nclient_id = \
             \"9990-application\"\nsecret_file = \"client-secret\"\n",
            postfix.submission, endpoint.address
        );
        change(&main, "sink = \"folder\"     # .eml files in `folder`, by default out/ in the state folder", &sending);
        std::fs::create_dir_all(story.path("state")).unwrap();
        let installed = Self { story, endpoint, postfix, id };
        for arguments in [
            &["key", "new", "--out", installed.story.path("state/master.key").to_str().unwrap()][..],
            &["directory", "import", installed.story.path("directory.csv").to_str().unwrap()],
        ] {
            let done = dutyclerk(installed.story.folder.path(), arguments);
            assert!(done.status.success(), "{}", err(&done));
        }
        installed
    }

    /// Starts the daemon with everything in its log, as systemd would: it says how it stands on a socket.
    fn start(&self, socket: &str) -> (Child, UnixDatagram) {
        let path = self.story.path(socket);
        let status = UnixDatagram::bind(&path).unwrap();
        status.set_nonblocking(true).unwrap();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.story.path("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
            .arg("--config")
            .arg(self.story.folder.path())
            .arg("run")
            .env("DUTYCLERK_LOG", "trace")
            .env("NOTIFY_SOCKET", &path)
            .stdout(Stdio::null())
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        (child, status)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.story.path("log")).unwrap_or_default()
    }

    /// Neither the secret nor a token, whole or as it is shown to a server.
    fn holds_no_secret(&self, text: &str) {
        use base64::Engine as _;
        let mut secrets = vec![SECRET.to_owned()];
        for token in self.endpoint.given() {
            let signature = token.rsplit('.').next().unwrap().to_owned();
            let shown = format!("auth=Bearer {token}");
            secrets.push(base64::engine::general_purpose::STANDARD.encode(shown)[4..60].to_owned());
            secrets.extend([token, signature]);
        }
        for secret in secrets {
            assert!(!text.contains(&secret), "{secret} is in:\n{text}");
        }
    }
}

/// Waits for a status that begins so.
async fn says(socket: &UnixDatagram, start: &str) {
    let mut heard = Vec::new();
    sooner_or_later(60, async || {
        let mut message = [0; 4096];
        while let Ok(n) = socket.recv(&mut message) {
            let text = String::from_utf8_lossy(&message[..n]).into_owned();
            heard.extend(text.lines().filter_map(|line| line.strip_prefix("STATUS=").map(str::to_owned)));
        }
        heard.iter().any(|status| status.starts_with(start)).then_some(())
    })
    .await;
}

fn stop(mut daemon: Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
}

#[test]
fn op_10_a_service_without_a_token_says_so_to_systemd_and_monitoring_and_its_log_holds_no_secret() {
    run(async {
        let installed = Installed::new();
        let at_folder = installed.story.folder.path();
        installed.endpoint.answer(Answer::Refuse(7_000_215));
        let (daemon, status) = installed.start("first");
        says(&status, "amiss: no new token is given for m365: the client secret is wrong").await;
        let alarm = dutyclerk(at_folder, &["status", "--alarm"]);
        assert_eq!(alarm.status.code(), Some(1));
        assert!(out(&alarm).starts_with("amiss: no new token is given for m365"), "{}", out(&alarm));
        assert_eq!(json(&dutyclerk(at_folder, &["--json", "status", "--alarm"]))[0]["ok"], false);
        stop(daemon);

        installed.endpoint.answer(Answer::Token { seconds: 3600 });
        let user = format!("surrey-rmm-se-{}@surrey.example", installed.id);
        let arrived = at("2026-11-20T14:03:07");
        installed.postfix.dovecot.person(&user).await.append(arrived, &referral(1, "Maisie Thornquist")).await;
        let (daemon, status) = installed.start("second");
        says(&status, "nothing is amiss").await;
        // Read, answered over the mail server, and copied to the journal mailbox: all with a token.
        sooner_or_later(60, async || {
            let journal = installed.postfix.received(&format!("journal-{}@surrey.example", installed.id));
            journal.iter().any(|mail| mail.contains("X-Dutyclerk-Kind: ")).then_some(())
        })
        .await;
        let alarm = dutyclerk(at_folder, &["status", "--alarm"]);
        assert_eq!((alarm.status.code(), out(&alarm).as_str()), (Some(0), "nothing is amiss\n"));
        stop(daemon);
        let log = installed.log();
        assert!(log.contains("a new token") && log.contains("AADSTS7000215"), "{log}");
        installed.holds_no_secret(&log);
        installed.holds_no_secret(&std::fs::read_to_string(installed.story.path("state/alerts.log")).unwrap());
    });
}

#[test]
fn check_connect_goes_through_every_step_and_changes_nothing() {
    run(async {
        let installed = Installed::new();
        let at_folder = installed.story.folder.path();
        let user = format!("surrey-rmm-se-{}@surrey.example", installed.id);
        let mut person = installed.postfix.dovecot.person(&user).await;
        person.append(at("2026-11-20T14:03:07"), &referral(1, "Maisie Thornquist")).await;
        let fine = dutyclerk(at_folder, &["check", "--connect"]);
        let text = out(&fine);
        assert_eq!(fine.status.code(), Some(0), "{text}{}", err(&fine));
        for line in [
            "  ok      rights       IMAP.AccessAsApp, SMTP.SendAsApp\n",
            &format!("  ok      login        as {user}\n"),
            "  ok      IDLE         new mail is told at once\n",
            "  ok      folder       INBOX, 1 message\n",
            "  ok      beside it    Processed (made when needed), Quarantine (made when needed)\n",
            "  ok      login        as clerk@surrey.example\n",
            "  ok      size         mails up to 40 MiB\n",
            "  ok      sender       mace@st-helens.example is taken at MAIL",
            &format!("journal mailbox journal-{}@surrey.example on localhost\n", installed.id),
        ] {
            assert!(text.contains(line), "{line} in:\n{text}");
        }
        assert_eq!(person.count("INBOX").await, (1, 0));
        assert_eq!(person.count("Processed").await, (0, 0));
        assert!(installed.postfix.received(&format!("journal-{}@surrey.example", installed.id)).is_empty());
        installed.holds_no_secret(&format!("{text}{}", err(&fine)));

        // A mailbox that the application was not given, a server that is none, a token endpoint that refuses.
        let main = installed.story.path("dutyclerk.toml");
        change(&main, &format!("surrey-rmm-ne-{}@surrey.example", installed.id), "rmm-ne@other.example");
        change(&main, "[send.smtp]\nhost = \"localhost\"\nport = ", "[send.smtp]\nhost = \"localhost\"\nport = 1 #");
        let failed = dutyclerk(at_folder, &["--json", "check", "--connect"]);
        assert_eq!(failed.status.code(), Some(1), "{}", err(&failed));
        let steps = json(&failed);
        let step = |subject: &str, step: &str| {
            let found = steps.iter().find(|s| s["step"] == step && s["subject"].as_str().unwrap().starts_with(subject));
            found.unwrap_or_else(|| panic!("no {step} of {subject} in {steps:#?}")).clone()
        };
        let login = step("mailbox surrey-rmm-ne", "login");
        assert_eq!(login["outcome"], "failed");
        assert!(login["fix"].as_str().unwrap().contains("Add-MailboxPermission rmm-ne@other.example"), "{login}");
        assert_eq!(step("mailbox surrey-rmm-ne", "folder")["outcome"], "skipped");
        assert_eq!(step("mailbox surrey-rmm-nw", "folder")["outcome"], "ok");
        assert_eq!(step("mail server", "connection")["outcome"], "failed");
        installed.endpoint.answer(Answer::Refuse(700_016));
        let steps = json(&dutyclerk(at_folder, &["--json", "check", "--connect"]));
        let tokens: Vec<_> = steps.iter().filter(|s| s["step"] == "token" && s["outcome"] == "failed").collect();
        assert_eq!(
            tokens.len(),
            8,
            "the application, five mailboxes, the mail server, the journal mailbox: {steps:#?}"
        );
        installed.holds_no_secret(&format!("{steps:?}"));
    });
}
