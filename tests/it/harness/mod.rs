//! What the stories are told with: invented children, the forms their workers fill in, the mails these come in, a run of
//! the program over them, and typed access to what it wrote.

mod child;
mod container;
mod form;
#[cfg(feature = "servers")]
mod imap;
mod letter;
mod results;
#[cfg(feature = "servers")]
mod post_office;
#[cfg(feature = "servers")]
mod postgres;
#[cfg(feature = "servers")]
mod servers;
mod sheet;
#[cfg(feature = "servers")]
mod smtp;
mod story;
mod tokens;

pub(crate) use child::{Child, child};
pub(crate) use container::{outlook_message, winmail, zipped};
pub(crate) use form::{Form, ce_assessment, document, mace_template, rat, recording, return_home_interview};
#[cfg(feature = "servers")]
pub(crate) use imap::Dovecot;
pub(crate) use letter::{Letter, letter};
#[cfg(feature = "servers")]
pub(crate) use postgres::Postgres;
pub(crate) use results::{Results, Sent, addresses, same_second};
#[cfg(feature = "servers")]
pub(crate) use servers::unique;
pub(crate) use sheet::{case_ref_filled_down, case_refs_exchanged, filled};
#[cfg(feature = "servers")]
pub(crate) use smtp::Postfix;
pub(crate) use story::{Begin, Live, Story};
pub(crate) use tokens::{Answer, SECRET, TokenEndpoint, redacted};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A London wall-clock time as an instant. A time with an offset is taken as it is.
pub(crate) fn at(text: &str) -> Timestamp {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return instant;
    }
    let local: DateTime = text.parse().unwrap();
    local.to_zoned(TimeZone::get("Europe/London").unwrap()).unwrap().timestamp()
}

/// For whoever reads the test's output.
#[cfg(feature = "servers")]
#[expect(clippy::print_stdout, reason = "a test's output is what it is for")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
