//! Who is sending, and so who is answered and how much (DESIGN, "Panels and people").

use crate::casework::directory::{Directory, Entry};
use crate::casework::panel::Profile;
use crate::casework::{Address, DomainPattern, Redacted, looks_like};
use jiff::civil::Date;

/// What the receiving server said of the sender (RFC 8601), as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderCheck {
    /// The configured server vouches for the From domain.
    Passed,
    /// No server is configured to vouch: the allowed domains are trusted (`check` warns).
    NotConfigured,
    /// The check failed, or the header that should be there is missing.
    Failed,
}

/// What a sender may be told, and whether their paper is taken without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Own authority or listed: told meeting, cut-off and reference.
    Known,
    /// An allowed domain, neither listed nor of the authority: told that it was received and a person will answer.
    Partner,
    /// Neither listed nor in an allowed domain: not answered, held.
    Unlisted,
    /// The receiving server does not vouch for the address: not answered, held.
    Unauthenticated,
    /// No single usable From address: not answered, held.
    NoSender,
}

/// The sender of a message, judged.
#[derive(Clone, Debug)]
pub struct Sender {
    /// From address, where there is exactly one.
    pub address: Option<Address>,
    /// From display name.
    pub name: Option<Redacted<String>>,
    /// The directory row, if listed and valid.
    pub listed: Option<Entry>,
    /// A worker of the panel's own authority.
    pub own_authority: bool,
    /// This panel's admin, chair or approver, or who stands in for one: what they say a meeting decided counts.
    pub is_obeyed: bool,
    /// The trusted domain that the sender's only looks like.
    pub looks_like: Option<String>,
    /// What follows.
    pub standing: Standing,
}

impl Sender {
    /// Judges a sender for one panel.
    pub fn judge(
        address: Option<Address>,
        name: Option<Redacted<String>>,
        check: SenderCheck,
        profile: &Profile,
        directory: &Directory,
        allowed: &[DomainPattern],
        day: Date,
    ) -> Self {
        let listed = address.as_ref().and_then(|a| directory.find(a, day)).cloned();
        let own_authority = address.as_ref().is_some_and(|a| profile.is_own_domain(a.domain()))
            || listed
                .as_ref()
                .is_some_and(|e| e.authority.as_ref() == Some(&profile.authority) && e.role.is_social_care());
        let is_obeyed = address.as_ref().is_some_and(|a| {
            let rows = directory.entries.iter().filter(|e| e.is_valid_on(day) && e.answers_to(a));
            rows.filter(|e| e.panels.contains(&profile.id)).any(|e| profile.obeys(&e.role))
        });
        let standing = match &address {
            None => Standing::NoSender,
            Some(_) if check == SenderCheck::Failed => Standing::Unauthenticated,
            Some(_) if own_authority || listed.is_some() => Standing::Known,
            Some(a) if allowed.iter().any(|pattern| pattern.covers(a.domain())) => Standing::Partner,
            Some(_) => Standing::Unlisted,
        };
        // Of an address that the receiving server does not vouch for nothing is believed.
        let is_obeyed = is_obeyed && standing == Standing::Known;
        let looks_like = match (&address, standing) {
            (Some(a), Standing::Unlisted | Standing::Unauthenticated) => {
                let listed = directory.entries.iter().map(|e| e.email.domain());
                let trusted = allowed.iter().chain(&profile.domains).map(DomainPattern::as_str).chain(listed);
                looks_like(a.domain(), trusted).map(|domain| domain.trim_start_matches("*.").to_owned())
            }
            _ => None,
        };
        Self { address, name, listed, own_authority, is_obeyed, looks_like, standing }
    }

    /// May this sender be answered at all?
    pub fn is_answered(&self) -> bool {
        matches!(self.standing, Standing::Known | Standing::Partner)
    }

    /// The name to compare with the form's lead professional: the directory's, else the From display name.
    pub fn known_name(&self) -> Option<&str> {
        self.listed.as_ref().map(|e| e.name.reveal().as_str()).or(self.name.as_ref().map(|n| n.reveal().as_str()))
    }

    /// A manager who forwards: the worker named on the form and the manager are both the contact (MC-34).
    pub fn is_manager(&self) -> bool {
        self.listed.as_ref().is_some_and(|e| matches!(e.role.as_str(), "team-manager" | "advanced-practitioner"))
    }

    /// Can this sender be a child's caseworker: a worker of the child's own authority who is not panel staff (MC-34).
    pub fn is_caseworker(&self) -> bool {
        self.own_authority && self.listed.as_ref().is_none_or(|e| e.role.is_social_care())
    }
}

impl Profile {
    /// Roles whose word counts for what a meeting decided (DESIGN, "Who is obeyed"), with those who stand in for them.
    pub(in crate::casework) fn obeys(&self, role: &crate::casework::RoleId) -> bool {
        let Self { alerts, .. } = self;
        [&alerts.owner, &alerts.deputy, &alerts.chair].contains(&role)
            || matches!(role.as_str(), "deputy-chair" | "approver")
    }
}

impl crate::casework::RoleId {
    /// Roles of the health service, among a panel's members and a child's own colleagues alike (SY-08, SY-12).
    pub fn is_health(&self) -> bool {
        matches!(
            self.as_str(),
            "health"
                | "gp"
                | "named-nurse-acute"
                | "named-nurse-community"
                | "sexual-health"
                | "camhs"
                | "adult-mental-health"
        )
    }

    /// Roles of people who carry or supervise a child's case.
    pub fn is_social_care(&self) -> bool {
        matches!(self.as_str(), "social-worker" | "team-manager" | "advanced-practitioner" | "lead-professional")
    }
}
