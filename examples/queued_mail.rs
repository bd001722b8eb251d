//! Puts invented mail into a store's outbox, due at once, for measuring how fast it leaves (`benches/submission.py`):
//!
//! ```text
//! cargo run --example queued_mail -- DATABASE KEY_FILE PANEL 1000 200000 FROM TO
//! ```
//!
//! 1,000 mails of about 200,000 bytes each from one address to another, as PANEL's. Who gets them must be in the directory.

use anyhow::{Context, bail};
use dutyclerk::casework::{FrozenBytes, MailKind, PanelId, RoleId};
use dutyclerk::clock::{Chance, Clock};
use dutyclerk::seal::MasterKey;
use dutyclerk::store::{Envelope, EnvelopeRecipient, NewEntry, Store, StoreSettings, Tx};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, key, panel, count, bytes, from, to] = arguments.as_slice() else {
        bail!("say: queued_mail DATABASE KEY_FILE PANEL COUNT BYTES FROM TO");
    };
    let count: usize = count.parse().context("the number of mails is not a number")?;
    let bytes: usize = bytes.parse().context("the size of a mail is not a number")?;
    let envelope = Envelope {
        from: from.parse()?,
        to: vec![EnvelopeRecipient {
            address: to.parse()?,
            name: None,
            role: RoleId::new("caseworker"),
            journal: false,
        }],
    };
    let panel = PanelId::new(panel.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let key = MasterKey::from_text(std::fs::read_to_string(key)?.trim())?;
        let store = Store::open(&StoreSettings::at(database), key, Chance::system()?).await?;
        let mut left = count;
        while left > 0 {
            let mut tx = store.begin(Clock::System.now()).await?;
            for _ in 0..left.min(100) {
                enqueue(&mut tx, &panel, &envelope, bytes).await?;
            }
            tx.commit().await?;
            left = left.saturating_sub(100);
        }
        Ok(())
    })
}

async fn enqueue(tx: &mut Tx, panel: &PanelId, envelope: &Envelope, bytes: usize) -> anyhow::Result<()> {
    let (number, now) = (tx.next_sent().await?, tx.now());
    let message_id = format!("{number}@{}", envelope.from.domain());
    let mut text = format!(
        "Date: {}\r\nFrom: {}\r\nTo: undisclosed-recipients:;\r\nSubject: {number}\r\nMessage-ID: <{message_id}>\r\n\r\n",
        jiff::fmt::rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC))?,
        envelope.from
    );
    while text.len() < bytes {
        text.push_str("The quick brown fox jumps over the lazy dog, and over it once more to fill a line.\r\n");
    }
    let bytes = FrozenBytes::new(text.into_bytes(), Vec::new());
    let entry = NewEntry {
        number,
        purpose: format!("measured|{number}"),
        kind: MailKind::Acknowledgement,
        rule: "SY-04".to_owned(),
        panel: panel.clone(),
        meeting: None,
        answers: None,
        part: None,
        message_id,
        due_at: now,
        expires_at: None,
        held_by: None,
        envelope: envelope.clone(),
        cases: Vec::new(),
        documents: Vec::new(),
        sha256: bytes.sha256(),
        bytes,
        enclosed: Vec::new(),
    };
    tx.enqueue(entry).await?;
    Ok(())
}
