//! Servers that say what Exchange Online and a token endpoint say and no test server does: each line is answered from a
//! script, over TLS, and kept.

use super::{Fault, ImapSettings, Secret, TokenEndpoint, run, survey, with};
use crate::harness::{Dovecot, at};
use base64::Engine as _;
use dutyclerk::clock::{Chance, Clock};
use dutyclerk::inbound::mailbox::Tls;
use dutyclerk::oauth::{Application, Endpoint, NoToken, Tokens};
use dutyclerk::outbound::submission::smtp::{self, Login, SmtpSettings};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Where it listens, and what it was told.
struct Scripted {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Greets, and answers the nth line of a connection by the script.
    async fn new(greeting: &'static str, script: impl Fn(usize, &str) -> String + Send + Sync + 'static) -> Self {
        let ca = Dovecot::running().ca;
        let certificate = CertificateDer::from_pem_file(ca.with_file_name("leaf.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(ca.with_file_name("leaf.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), heard: Arc::default() };
        let (heard, script) = (server.heard.clone(), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, heard, script) = (acceptor.clone(), heard.clone(), script.clone());
                tokio::spawn(async move {
                    // Whoever does not trust the certificate goes away here.
                    let Ok(tls) = acceptor.accept(tcp).await else { return };
                    let (read, mut write) = tokio::io::split(tls);
                    let mut lines = BufReader::new(read).lines();
                    write.write_all(greeting.as_bytes()).await.unwrap();
                    let mut n = 0;
                    while let Ok(Some(line)) = lines.next_line().await {
                        heard.lock().unwrap().push(line.clone());
                        if write.write_all(script(n, &line).as_bytes()).await.is_err() {
                            return;
                        }
                        n += 1;
                    }
                });
            }
        });
        server
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn tokens(endpoint: &TokenEndpoint, folder: &tempfile::TempDir) -> Tokens {
    endpoint.tokens(folder.path(), &Clock::manual(at("2026-11-24T23:00:00")))
}

/// As the documentation of both protocols shows it.
fn shown(user: &str, token: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"))
}

#[test]
fn exchange_takes_a_token_and_opens_no_mailbox_for_it_or_refuses_it_without_a_reason() {
    run(async {
        let (dovecot, endpoint, folder) = (Dovecot::running(), TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let tokens = tokens(&endpoint, &folder);
        let greeting = "* OK The Microsoft Exchange IMAP4 service is ready.\r\n";
        let closed = Scripted::new(greeting, |_, line| {
            let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
            match command.split(' ').next().unwrap_or_default() {
                "AUTHENTICATE" => "+ \r\n".to_owned(),
                "CAPABILITY" => format!(
                    "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT IDLE\r\n{tag} OK \
                     CAPABILITY completed.\r\n"
                ),
                "EXAMINE" => format!("{tag} BAD User is authenticated but not connected.\r\n"),
                "LOGOUT" => format!("* BYE\r\n{tag} OK LOGOUT completed.\r\n"),
                // The token, on a line of its own.
                _ => "A0001 OK AUTHENTICATE completed.\r\n".to_owned(),
            }
        })
        .await;
        let user = "rmm-ne@surrey.example";
        let settings = |port| ImapSettings { port, ..with(&dovecot, user, &tokens) };
        let found = survey(&settings(closed.port)).await.unwrap();
        assert_eq!((found.idle, found.mv, found.folder), (true, true, Err(Fault::NotConnected)));
        assert!(closed.heard().contains(&shown(user, &endpoint.given()[0])), "{:?}", closed.heard());

        let refusing = Scripted::new(greeting, |n, line| match n {
            0 => "+ \r\n".to_owned(),
            _ if line.starts_with('A') => "* BYE\r\n".to_owned(),
            _ => "A0001 NO AUTHENTICATE failed.\r\n".to_owned(),
        })
        .await;
        assert_eq!(survey(&settings(refusing.port)).await.unwrap_err(), Fault::TokenRefused);
    });
}

#[test]
fn a_refused_token_at_the_mail_server_is_answered_with_an_empty_line_and_only_the_code_is_kept() {
    run(async {
        let (endpoint, folder) = (TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let tokens = tokens(&endpoint, &folder);
        let offers = "250-exchange Hello\r\n250-SIZE 157286400\r\n250-AUTH LOGIN XOAUTH2\r\n250 8BITMIME\r\n";
        let user = "duty@surrey.example";
        let login = Login { user: user.to_owned(), secret: Secret::Token(tokens.clone()) };
        let settings = |port| SmtpSettings {
            ca_file: Some(Dovecot::running().ca),
            login: Some(login.clone()),
            hello: "duty.surrey.example".to_owned(),
            ..SmtpSettings::new("localhost".to_owned(), port, Tls::Implicit)
        };
        let greeting = "220 exchange Microsoft ESMTP MAIL Service ready\r\n";
        for (after_token, after_empty, code) in [
            ("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n", "535 5.7.3 Authentication unsuccessful\r\n", "535 5.7.3"),
            (
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\r\n",
                "500 what?\r\n",
                "535 5.7.139",
            ),
        ] {
            let server = Scripted::new(greeting, move |_, line| match line {
                "AUTH XOAUTH2" => "334 \r\n".to_owned(),
                "" => after_empty.to_owned(),
                line if line.starts_with("EHLO") => offers.to_owned(),
                _ => after_token.to_owned(),
            })
            .await;
            let Err(smtp::Fault::Login(said)) = smtp::survey(&settings(server.port), &[]).await else {
                panic!("not refused")
            };
            assert_eq!(said.to_string(), code);
            let heard = server.heard();
            assert_eq!(heard[1..3], ["AUTH XOAUTH2".to_owned(), shown(user, &endpoint.given()[0])]);
            assert_eq!(heard.get(3).map(String::as_str), after_token.starts_with("334").then_some(""));
        }
        // SMTP AUTH switched off for the whole tenant: it is not even offered.
        let silent = Scripted::new(greeting, |_, _| "250 SIZE 157286400\r\n".to_owned()).await;
        assert_eq!(smtp::survey(&settings(silent.port), &[]).await.unwrap_err(), smtp::Fault::NoLogin);
    });
}

#[test]
fn a_token_endpoint_over_tls_is_believed_only_with_a_certificate_that_is_trusted() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let body = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"over.tls.only"}"#;
        let reply = move |_, line: &str| match line {
            // The head is over; what follows is not waited for.
            "" => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
            _ => String::new(),
        };
        let server = Scripted::new("", reply).await;
        let known = TokenEndpoint::new().application(folder.path());
        let token = async |host: &str, ca_file: Option<PathBuf>| {
            let address = format!("https://{host}:{}/tenant/oauth2/v2.0/token", server.port);
            let application = Application { endpoint: Endpoint::parse(&address).unwrap(), ca_file, ..known.clone() };
            let clock = Clock::manual(at("2026-11-24T23:00:00"));
            Tokens::new(application, clock, Chance::seeded(1)).token().await
        };
        let ca = Dovecot::running().ca;
        assert_eq!(token("localhost", None).await.unwrap_err(), NoToken::Tls, "the system does not know it");
        assert!(server.heard().is_empty(), "nothing was said before that");
        assert_eq!(token("localhost", Some(ca)).await.unwrap().reveal(), "over.tls.only");
        let heard = server.heard();
        assert_eq!(heard[0], "POST /tenant/oauth2/v2.0/token HTTP/1.1");
        assert!(heard.contains(&format!("host: localhost:{}", server.port)), "{heard:?}");
        let missing = folder.path().join("no-such-file.pem");
        assert_eq!(token("localhost", Some(missing)).await.unwrap_err(), NoToken::Tls);
    });
}
