//! A token endpoint of our own on loopback, which gives, refuses or says nothing as the test wants, and remembers what it was
//! asked; and tokens that the test Dovecot (`tests/servers/dovecot.sh`) believes. A thread of its own, so that it answers
//! programs that the test waits for as well.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dutyclerk::casework::Redacted;
use dutyclerk::clock::{Chance, Clock};
use dutyclerk::oauth::{Application, Endpoint, Proof, SCOPE, Tokens};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What the endpoint does when it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A token that says of itself that it is good for so many seconds by the machine's clock, handed out as good for an hour.
    Token { seconds: i64 },
    /// Any status and body.
    Say(u16, String),
    /// Too many requests; come again after so many seconds.
    After(u32),
    /// Refuses as Microsoft does, with this number.
    Refuse(u32),
}

/// A form as posted.
pub(crate) type Form = BTreeMap<String, String>;

#[derive(Debug)]
struct Shared {
    answer: Answer,
    asked: Vec<Form>,
    given: Vec<String>,
}

/// The endpoint. It ends with the test's process.
#[derive(Clone, Debug)]
pub(crate) struct TokenEndpoint {
    pub(crate) address: String,
    shared: Arc<Mutex<Shared>>,
}

impl TokenEndpoint {
    /// One that gives tokens.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/tenant/oauth2/v2.0/token", listener.local_addr().unwrap());
        let shared = Shared { answer: Answer::Token { seconds: 3600 }, asked: Vec::new(), given: Vec::new() };
        let endpoint = Self { address, shared: Arc::new(Mutex::new(shared)) };
        let own = endpoint.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                own.serve(stream);
            }
        });
        endpoint
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.shared.lock().unwrap().answer = answer;
    }

    /// What it was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Form> {
        self.shared.lock().unwrap().asked.clone()
    }

    /// The tokens it gave, in order.
    pub(crate) fn given(&self) -> Vec<String> {
        self.shared.lock().unwrap().given.clone()
    }

    /// An application whose secret lies in the folder.
    pub(crate) fn application(&self, folder: &Path) -> Application {
        let file = folder.join("client-secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        Application {
            name: "m365".to_owned(),
            endpoint: Endpoint::parse(&self.address).unwrap(),
            client_id: "9990-application".to_owned(),
            proof: Proof::Secret(file),
            scope: SCOPE.to_owned(),
            ca_file: None,
            expires: None,
        }
    }

    pub(crate) fn tokens(&self, folder: &Path, clock: &Clock) -> Tokens {
        Tokens::new(self.application(folder), clock.clone(), Chance::seeded(1))
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut line, mut length) = (String::new(), 0);
        let mut head = Vec::new();
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let text = line.trim_end().to_ascii_lowercase();
            if let Some(value) = text.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if text.is_empty() {
                break;
            }
            head.push(text);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert!(head[0].starts_with("post /tenant/oauth2/v2.0/token http/1.1"), "{head:?}");
        assert!(head.iter().any(|line| line == "content-type: application/x-www-form-urlencoded"), "{head:?}");
        let form = url::form_urlencoded::parse(&body).into_owned().collect();
        let (status, body) = self.reply(form);
        let after = match self.shared.lock().unwrap().answer {
            Answer::After(seconds) => format!("Retry-After: {seconds}\r\n"),
            _ => String::new(),
        };
        let reply = format!(
            "HTTP/1.1 {status} x\r\n{after}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // Whoever asked may have gone.
        let _unheard = stream.write_all(reply.as_bytes());
    }

    fn reply(&self, form: Form) -> (u16, String) {
        let mut shared = self.shared.lock().unwrap();
        shared.asked.push(form);
        match shared.answer.clone() {
            Answer::Say(status, body) => (status, body),
            Answer::After(_) => (429, "{}".to_owned()),
            Answer::Refuse(number) => {
                let text = format!("AADSTS{number}: Nothing that is said here about {SECRET} may be repeated.");
                let body =
                    serde_json::json!({"error": "invalid_client", "error_description": text, "error_codes": [number]});
                (401, body.to_string())
            }
            Answer::Token { seconds } => {
                let token = token("surrey.example", seconds, shared.given.len());
                shared.given.push(token.clone());
                let body = serde_json::json!({"token_type": "Bearer", "expires_in": 3599, "access_token": token});
                (200, body.to_string())
            }
        }
    }
}

/// What the application proves itself with; it may stand in no log.
pub(crate) const SECRET: &str = "planted~Secret.9990";

/// A JWT that opens every mailbox of this domain for so many seconds from now.
pub(crate) fn token(domain: &str, seconds: i64, nth: usize) -> String {
    let now = Clock::System.now().as_second();
    let claims = serde_json::json!({
        "aud": "https://outlook.office365.com", "upn": format!("application@{domain}"), "sub": "9990-application", "jti": nth.to_string(),
        "iat": now - 60, "nbf": now - 60, "exp": now + seconds, "roles": ["IMAP.AccessAsApp", "SMTP.SendAsApp"],
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&serde_json::json!({"alg": "HS256", "typ": "JWT"})), part(&claims));
    let signature = hmac(b"the test tokens are signed with this", signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// HMAC-SHA256 (RFC 2104) under a key shorter than a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// As a client shows it.
pub(crate) fn redacted(token: &str) -> Redacted<String> {
    Redacted::new(token.to_owned())
}
