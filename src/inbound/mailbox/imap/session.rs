//! The commands a duty mailbox needs, each with its limits. Nothing sets `\Seen`: bodies are fetched with PEEK.

mod survey;

pub use survey::Survey;

use super::capped::Allowance;
use super::connect::{ImapSettings, Wire};
use super::{Fault, Got, Listing};
use crate::casework::Redacted;
use crate::inbound::mailbox::{Fetched, Folder, Occurrence, OccurrenceKey};
use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{Response, Status};
use async_imap::types::UnsolicitedResponse;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes a command without messages may bring.
pub(super) const SMALL: u64 = 1024 * 1024;
/// Bytes a listing may bring: some 100 a message.
const LISTING: u64 = 64 * 1024 * 1024;
/// UIDs in one command, so that its line stays short (RFC 7162 §4 has 8192 octets).
const UIDS: usize = 200;

/// How an IDLE ended.
pub(super) enum Idled {
    /// Something moved, or may have.
    Moved,
    /// It was long enough; nothing moved.
    Enough,
    /// Whoever waited has something to ask.
    Asked,
}

pub(super) struct Session {
    /// None while it is lent to IDLE; a session lost there stays none.
    imap: Option<async_imap::Session<Wire>>,
    allowance: Allowance,
    settings: ImapSettings,
    can: Can,
    /// UIDVALIDITY of the folder as last selected.
    selected: Option<u32>,
}

/// What the server offers beside IMAP4rev1.
#[derive(Clone, Copy)]
struct Can {
    idle: bool,
    /// RFC 6851.
    mv: bool,
    /// RFC 4315.
    uid_plus: bool,
}

/// Waits for the command no longer than its limit. A NO or BAD leaves the session usable; all else ends it.
async fn within<T>(
    limit: Duration,
    name: &'static str,
    command: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    match timeout(limit, command).await {
        Err(_) => Err(Fault::TimedOut(name)),
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Error::No(words) | Error::Bad(words))) => Err(refusal(name, &words)),
        Ok(Err(Error::Parse(_) | Error::Validate(_))) => Err(Fault::Nonsense(name)),
        Ok(Err(_)) => Err(Fault::Lost(name)),
    }
}

/// Exchange Online has two refusals that no command is to blame for; it gives them no response code, only words.
fn refusal(name: &'static str, words: &str) -> Fault {
    let words = words.to_ascii_lowercase();
    if words.contains("authenticated but not connected") {
        Fault::NotConnected
    } else if words.contains("throttled") {
        Fault::Throttled
    } else {
        Fault::Refused(name)
    }
}

impl Fault {
    /// May the connection be used again after this? Not when the server is asked too often: then it is left alone for a
    /// while, longer each time.
    pub(super) const fn is_the_servers_answer(self) -> bool {
        matches!(self, Self::Refused(_) | Self::NoUidValidity)
    }
}

impl Session {
    pub(super) async fn begin(
        mut imap: async_imap::Session<Wire>,
        allowance: Allowance,
        settings: &ImapSettings,
    ) -> Result<Self, Fault> {
        let offers = within(settings.command, "CAPABILITY", imap.capabilities()).await?;
        let can = Can { idle: offers.has_str("IDLE"), mv: offers.has_str("MOVE"), uid_plus: offers.has_str("UIDPLUS") };
        Ok(Self { imap: Some(imap), allowance, settings: settings.clone(), can, selected: None })
    }

    /// The connection, with this much allowed to come.
    fn imap(&mut self, bytes: u64) -> Result<&mut async_imap::Session<Wire>, Fault> {
        self.allowance.set(bytes);
        self.imap.as_mut().ok_or(Fault::Lost("IDLE"))
    }

    /// Selects the folder anew and lists all of it.
    pub(super) async fn list(&mut self) -> Result<Listing, Fault> {
        let limit = self.settings.command;
        let folder = self.settings.folder.clone();
        self.selected = None;
        let selected = within(limit, "SELECT", self.imap(SMALL)?.select(&folder)).await?;
        let epoch = selected.uid_validity.filter(|epoch| *epoch != 0).ok_or(Fault::NoUidValidity)?;
        self.selected = Some(epoch);
        let mut occurrences = Vec::new();
        if selected.exists > 0 {
            occurrences = self.rows("1:*", epoch, &folder).await?;
            self.still_there().await?;
        }
        Ok(Listing { epoch, occurrences })
    }

    /// What arrived since that day in the folder, in `Processed` and in `Quarantine`. The folders are opened to be read only.
    pub(super) async fn holdings(&mut self, since: Date) -> Result<Vec<(Option<Folder>, Occurrence)>, Fault> {
        let (limit, long) = (self.settings.command, self.settings.fetch);
        // The server's day may be another than London's.
        let since = since.yesterday().unwrap_or(since).strftime("%-d-%b-%Y").to_string();
        let mut found = Vec::new();
        for place in [None, Some(Folder::Processed), Some(Folder::Quarantine)] {
            let folder = place.map_or_else(|| self.settings.folder.clone(), |place| place.name().to_owned());
            self.selected = None;
            let selected = match within(limit, "EXAMINE", self.imap(SMALL)?.examine(&folder)).await {
                // Nothing was ever moved there.
                Err(Fault::Refused(_)) if place.is_some() => continue,
                selected => selected?,
            };
            let epoch = selected.uid_validity.filter(|epoch| *epoch != 0).ok_or(Fault::NoUidValidity)?;
            let query = format!("SINCE {since}");
            let uids = within(long, "UID SEARCH", self.imap(LISTING)?.uid_search(query)).await?;
            let uids: Vec<u32> = uids.into_iter().collect();
            for some in uids.chunks(UIDS) {
                let rows = self.rows(&set(some), epoch, &folder).await?;
                found.extend(rows.into_iter().map(|occurrence| (place, occurrence)));
            }
        }
        self.still_there().await?;
        Ok(found)
    }

    /// Size and arrival of these messages of the folder that is open.
    async fn rows(&mut self, uids: &str, epoch: u32, folder: &str) -> Result<Vec<Occurrence>, Fault> {
        let long = self.settings.fetch;
        let imap = self.imap(LISTING)?;
        let listed = async {
            let rows = imap.uid_fetch(uids, "(UID RFC822.SIZE INTERNALDATE)").await?;
            rows.try_collect::<Vec<_>>().await
        };
        let mut occurrences = Vec::new();
        for row in within(long, "UID FETCH", listed).await? {
            let (Some(uid), Some(arrived)) = (row.uid, row.internal_date()) else { continue };
            let arrived_at = Timestamp::from_second(arrived.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH);
            occurrences.push(Occurrence {
                key: OccurrenceKey { epoch: i64::from(epoch), uid: uid.to_string() },
                size: u64::from(row.size.unwrap_or_default()),
                arrived_at,
                file: Redacted::new(format!("{folder}/{uid}")),
            });
        }
        Ok(occurrences)
    }

    /// A stream of answers that the connection's end cut short looks like a short one that is whole.
    async fn still_there(&mut self) -> Result<(), Fault> {
        let limit = self.settings.command;
        within(limit, "NOOP", self.imap(SMALL)?.noop()).await
    }

    /// Selects the folder if need be; false when it is not the folder of that epoch any more.
    async fn at(&mut self, epoch: u32) -> Result<bool, Fault> {
        if self.selected.is_none() {
            let (limit, folder) = (self.settings.command, self.settings.folder.clone());
            let selected = within(limit, "SELECT", self.imap(SMALL)?.select(&folder)).await?;
            self.selected = selected.uid_validity;
        }
        Ok(self.selected == Some(epoch))
    }

    /// The bytes of these messages, of each at most `most`.
    pub(super) async fn fetch(&mut self, epoch: u32, uids: &[u32], most: u64) -> Result<Vec<Got>, Fault> {
        let mut found: BTreeMap<u32, Option<Fetched>> = uids.iter().map(|uid| (*uid, None)).collect();
        if !self.at(epoch).await? {
            return Ok(found.into_iter().collect());
        }
        let query = format!("(UID BODY.PEEK[]<0.{}>)", most.saturating_add(1));
        for some in uids.chunks(UIDS) {
            let allowed = u64::try_from(some.len()).unwrap_or(u64::MAX).saturating_mul(most.saturating_add(1024));
            let limit = self.settings.fetch;
            let imap = self.imap(allowed.saturating_add(SMALL))?;
            let fetched = async {
                let mut rows = imap.uid_fetch(set(some), &query).await?;
                while let Some(row) = rows.try_next().await? {
                    let (Some(uid), Some(body)) = (row.uid, row.body()) else { continue };
                    let cap = usize::try_from(most).unwrap_or(usize::MAX);
                    let truncated = body.len() > cap;
                    let bytes = body.get(..cap.min(body.len())).unwrap_or_default().to_vec();
                    if let Some(place) = found.get_mut(&uid) {
                        *place = Some(Fetched { bytes, truncated });
                    }
                }
                Ok(())
            };
            within(limit, "UID FETCH", fetched).await?;
        }
        self.still_there().await?;
        Ok(found.into_iter().collect())
    }

    /// Moves messages to a folder beside the one they are in, which is made when it is not there. Those that are gone
    /// already are none the worse, so it may be called again (RFC 6851; else COPY, `\Deleted`, UID EXPUNGE of these UIDs
    /// alone, never a plain EXPUNGE).
    pub(super) async fn settle(&mut self, epoch: u32, uids: &[u32], folder: Folder) -> Result<(), Fault> {
        if !self.at(epoch).await? {
            return Ok(());
        }
        for some in uids.chunks(UIDS) {
            match self.move_to(&set(some), folder.name()).await {
                Err(Fault::Refused(_)) => {
                    let limit = self.settings.command;
                    // It may be there: then the move says what is wrong.
                    match within(limit, "CREATE", self.imap(SMALL)?.create(folder.name())).await {
                        Ok(()) | Err(Fault::Refused(_)) => self.move_to(&set(some), folder.name()).await?,
                        Err(fault) => return Err(fault),
                    }
                }
                moved => moved?,
            }
        }
        Ok(())
    }

    async fn move_to(&mut self, uids: &str, folder: &str) -> Result<(), Fault> {
        let (limit, can) = (self.settings.command, self.can);
        let imap = self.imap(SMALL)?;
        if can.mv {
            return within(limit, "UID MOVE", imap.uid_mv(uids, folder)).await;
        }
        within(limit, "UID COPY", imap.uid_copy(uids, folder)).await?;
        let flagged =
            async { imap.uid_store(uids, "+FLAGS.SILENT (\\Deleted)").await?.try_collect::<Vec<_>>().await.map(drop) };
        within(limit, "UID STORE", flagged).await?;
        if can.uid_plus {
            let expunged = async { imap.uid_expunge(uids).await?.try_collect::<Vec<_>>().await.map(drop) };
            within(limit, "UID EXPUNGE", expunged).await?;
        }
        Ok(())
    }

    /// Waits for the server to say that something moved, until `asked` is ready.
    pub(super) async fn idle(&mut self, asked: impl Future<Output = ()>) -> Result<Idled, Fault> {
        let (limit, long) = (self.settings.command, self.settings.idle);
        if !self.can.idle || self.selected.is_none() {
            return Ok(if timeout(long, asked).await.is_ok() { Idled::Asked } else { Idled::Enough });
        }
        // What the server said in passing while another command was under way.
        let imap = self.imap(SMALL)?;
        let mut moved = false;
        while let Ok(said) = imap.unsolicited_responses.try_recv() {
            moved |= matches!(said, UnsolicitedResponse::Exists(_));
        }
        if moved {
            return Ok(Idled::Moved);
        }
        let mut idle = self.imap.take().ok_or(Fault::Lost("IDLE"))?.idle();
        within(limit, "IDLE", idle.init()).await?;
        let ended = {
            // Kept until the end: dropping it would end the wait.
            let (wait, _stop) = idle.wait_with_timeout(long);
            tokio::select! {
                () = asked => Ok(Idled::Asked),
                () = tokio::time::sleep(long) => Ok(Idled::Enough),
                said = wait => match said {
                    Ok(IdleResponse::NewData(data)) => match data.parsed() {
                        Response::Data { status: Status::Bye, .. } => Err(Fault::Lost("IDLE")),
                        _ => Ok(Idled::Moved),
                    },
                    Ok(IdleResponse::Timeout) => Ok(Idled::Enough),
                    // Nobody interrupted it by hand: the connection has ended.
                    Ok(IdleResponse::ManualInterrupt) | Err(_) => Err(Fault::Lost("IDLE")),
                },
            }
        }?;
        self.imap = Some(within(limit, "DONE", idle.done()).await?);
        Ok(ended)
    }

    /// How many messages of the folder bear this Message-ID (without angle brackets). The folder is opened to be read only.
    pub(super) async fn copies(&mut self, message_id: &str) -> Result<usize, Fault> {
        // It goes into a quoted string; ours are plain (RFC 5322 §3.6.4), and nothing else is ever asked for.
        if !message_id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>')) {
            return Err(Fault::Refused("SEARCH"));
        }
        let (limit, folder) = (self.settings.command, self.settings.folder.clone());
        within(limit, "EXAMINE", self.imap(SMALL)?.examine(&folder)).await?;
        let query = format!("HEADER Message-ID \"<{message_id}>\"");
        Ok(within(limit, "SEARCH", self.imap(SMALL)?.uid_search(query)).await?.len())
    }

    /// Says goodbye, if there is time.
    pub(super) async fn end(mut self) {
        if let Some(mut imap) = self.imap.take() {
            let _ended = timeout(Duration::from_secs(2), imap.logout()).await;
        }
    }
}

/// A sequence set of these UIDs (RFC 9051 §9), neighbours joined.
fn set(uids: &[u32]) -> String {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut out = String::new();
    let mut left = sorted.into_iter().peekable();
    while let Some(first) = left.next() {
        let mut last = first;
        while let Some(next) = left.next_if(|next| last.checked_add(1) == Some(*next)) {
            last = next;
        }
        let comma = if out.is_empty() { "" } else { "," };
        let _infallible =
            if first == last { write!(out, "{comma}{first}") } else { write!(out, "{comma}{first}:{last}") };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Fault, refusal, set};

    #[test]
    fn exchange_says_in_words_alone_that_the_mailbox_is_not_open_or_asked_too_often() {
        let said = |words: &str| refusal("SELECT", words);
        assert_eq!(said("code: None, info: Some(\"User is authenticated but not connected.\")"), Fault::NotConnected);
        assert_eq!(said("Request is throttled. Suggested Backoff Time: 84735 milliseconds"), Fault::Throttled);
        assert_eq!(said("no such folder"), Fault::Refused("SELECT"));
    }

    #[test]
    fn neighbouring_uids_are_joined() {
        assert_eq!(set(&[7]), "7");
        assert_eq!(set(&[3, 1, 2, 9, 8, 5, 5]), "1:3,5,8:9");
        assert_eq!(set(&[u32::MAX, u32::MAX - 1]), format!("{}:{}", u32::MAX - 1, u32::MAX));
    }
}
