//! Who says so: a person's decision is written down with a name.

use super::Failure;
use crate::casework::Redacted;

/// Who decides.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct By {
    /// Who decides [default: the user who is logged in].
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
}

impl By {
    /// The name given, else the user's, also behind sudo.
    pub(super) fn name(&self) -> Result<String, Failure> {
        let set = |name: &str| std::env::var(name).ok();
        let found = self.by.clone().or_else(|| set("SUDO_USER")).or_else(|| set("USER"));
        let named = found.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        named.ok_or_else(|| Failure::Usage("it is not known who decides: add --by NAME".to_owned()))
    }
}

/// What a person decides, with the reason.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Word {
    /// Why; kept sealed.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

impl Word {
    /// As it is kept.
    pub(super) fn said(&self) -> Result<crate::store::Word, Failure> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::Usage("a reason is needed: --reason TEXT".to_owned()));
        }
        Ok(crate::store::Word { by: Redacted::new(self.by.name()?), reason: Redacted::new(reason.to_owned()) })
    }
}
