//! Who may see what. The only place where a [`Clearance`] is made: compose can address and attach nothing else.

use super::{Address, CaseRef, MailKind, MeetingId, PanelId, Redacted, RoleId, Sha256};

/// Somebody a mail is cleared for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Where it goes.
    pub address: Address,
    /// As shown.
    pub name: Option<Redacted<String>>,
    /// In which role.
    pub role: RoleId,
}

/// A document cleared for a mail, and whose case it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClearedDocument {
    /// Which bytes.
    pub sha256: Sha256,
    /// Whose.
    pub case: CaseRef,
}

/// Leave to send one mail: to these people, about these cases, with these documents, by this rule.
/// Private fields and no public constructor: the routing functions of this module alone make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    kind: MailKind,
    panel: PanelId,
    meeting: Option<MeetingId>,
    recipients: Vec<Recipient>,
    cases: Vec<CaseRef>,
    documents: Vec<ClearedDocument>,
    rule: &'static str,
}

impl Clearance {
    /// The kind of mail it is for.
    pub fn kind(&self) -> MailKind {
        self.kind
    }
    /// Whose mail it is.
    pub fn panel(&self) -> &PanelId {
        &self.panel
    }
    /// The meeting it is about, if any.
    pub fn meeting(&self) -> Option<&MeetingId> {
        self.meeting.as_ref()
    }
    /// Everyone it may be addressed to; never empty.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }
    /// The children it may speak of.
    pub fn cases(&self) -> &[CaseRef] {
        &self.cases
    }
    /// What may be attached.
    pub fn documents(&self) -> &[ClearedDocument] {
        &self.documents
    }
    /// The rule it was given by.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// For unit tests of compose alone.
    #[cfg(test)]
    pub(crate) fn for_test(
        kind: MailKind,
        panel: &str,
        to: &[&str],
        cases: &[CaseRef],
        documents: &[ClearedDocument],
    ) -> Self {
        let recipients = to
            .iter()
            .map(|a| Recipient { address: a.parse().unwrap(), name: None, role: RoleId::new("test") })
            .collect();
        Self {
            kind,
            panel: PanelId::new(panel),
            meeting: None,
            recipients,
            cases: cases.to_vec(),
            documents: documents.to_vec(),
            rule: "TEST",
        }
    }
}
