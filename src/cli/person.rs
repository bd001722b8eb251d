//! Who says so: a person's decision is written down with a name.

use super::Failure;

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
