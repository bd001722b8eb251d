//! The last look: frozen mail is opened again just before it goes, with the papers it carries, and whatever identifies a known
//! child must be about a child whom everybody it is for may see (SY-40, LESSONS B). It rests on none of what cleared and
//! composed the mail: on the bytes, the look-up keys of all known children, and who the mail is for.
//!
//! A child is identified by its LCS or NHS number, or by its name together with its date of birth. A bare name identifies
//! nobody: associates are named in these papers.

use crate::casework::calendar::civil;
use crate::casework::panel::Profile;
use crate::casework::{AuthorityId, CaseRef, FrozenBytes, PanelId, RoleId, SentRef, name_pairs_in};
use crate::clock::Clock;
use crate::daemon::mentions::{Figures, text_marks};
use crate::daemon::{Book, Daemon};
use crate::inbound::form::{ReadOptions, Reader};
use crate::inbound::unpack;
use crate::seal::LookUps;
use crate::store::{ChildId, Document, Envelope, KeyKind, OutboxEntry, Restriction, View};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// A program on another machine may have another clock.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Children whom the same number, or the same name and date of birth, identifies: of more than one, it may be any.
type Alike = BTreeSet<ChildId>;

/// What the last look keeps between turns, to spare work: the look-up keys of all known children.
#[derive(Debug, Default)]
pub struct Look {
    /// Of the latest change to any child that is known here.
    as_of: Option<Timestamp>,
    by_mark: HashMap<[u8; 8], Vec<(ChildId, KeyKind)>>,
}

/// A mail to be looked at.
pub(super) struct Looked<'a> {
    pub stored: &'a OutboxEntry,
    pub envelope: &'a Envelope,
    pub inside: &'a Inside,
}

/// What a frozen mail holds; none of it changes until it goes.
#[derive(Debug)]
pub(super) struct Inside {
    /// The cases it was cleared for.
    pub cases: Vec<CaseRef>,
    /// Marks of what stands in its papers ([`View::marks_of_entries`]).
    pub papers: Vec<Vec<u8>>,
    pub opened: Opened,
}

impl Inside {
    /// What these mails hold, and their bytes; of a mail without any, nothing.
    pub(super) async fn of(
        reader: &Reader,
        view: &mut View,
        mails: &[&OutboxEntry],
    ) -> anyhow::Result<BTreeMap<SentRef, (Self, FrozenBytes)>> {
        let numbers: Vec<SentRef> = mails.iter().map(|stored| stored.number).collect();
        let mut cases = view.cases_of_entries(&numbers).await?;
        let mut papers = view.marks_of_entries(&numbers).await?;
        let mut frozen = view.frozen_of(mails).await?;
        let mut inside = BTreeMap::new();
        for stored in mails {
            let number = stored.number;
            let Some(bytes) = frozen.remove(&number) else { continue };
            let opened = Opened::of(reader, stored, &bytes).await;
            let (cases, papers) = (cases.remove(&number), papers.remove(&number));
            let (cases, papers) = (cases.unwrap_or_default(), papers.unwrap_or_default());
            inside.insert(number, (Self { cases, papers, opened }, bytes));
        }
        Ok(inside)
    }
}

/// What a mail says outside its papers, read from its frozen bytes: all of the last look that needs no store.
#[derive(Debug, Default)]
pub(super) struct Opened {
    text: String,
    figures: Figures,
    /// For the log alone.
    took: Duration,
}

impl Opened {
    /// Files that are no papers are read as papers are, in a child process.
    async fn of(reader: &Reader, stored: &OutboxEntry, bytes: &FrozenBytes) -> Self {
        let watch = Clock::System;
        let begun = watch.uptime();
        let Some(said) = unpack::said(bytes.text()) else { return Self::default() };
        let today = civil::date(stored.created_at);
        let mut text = said.text;
        for (extension, bytes) in &said.files {
            match reader.read(bytes, extension.as_deref(), today, &ReadOptions::default()).await {
                Ok(report) => text.push_str(&format!("\n{}", report.text)),
                Err(error) => {
                    tracing::warn!(sent.id = %stored.number, error = %error, "a file of a mail of ours could not be looked at");
                }
            }
        }
        let figures = Figures::of(&text, today);
        Self { text, figures, took: watch.uptime().saturating_sub(begun) }
    }
}

impl Look {
    /// By mail, the cases of children whom it identifies and somebody it is for may not see.
    pub(super) async fn over(
        &mut self,
        daemon: &Daemon,
        book: &Book<'_>,
        view: &mut View,
        restrictions: &[Restriction],
        mails: &[Looked<'_>],
    ) -> anyhow::Result<BTreeMap<SentRef, BTreeSet<CaseRef>>> {
        // For the log alone; nothing is decided by it.
        let (watch, bytes) = (Clock::System, mails.iter().map(|mail| mail.stored.size).sum::<i64>());
        let begun = watch.uptime();
        self.refresh(view).await?;
        let mut found: BTreeMap<SentRef, BTreeSet<Alike>> = BTreeMap::new();
        for mail in mails {
            let panel = book.panels.get(&mail.stored.panel);
            let authority = panel.map(|panel| &panel.profile.authority);
            let mut identified =
                authority.map(|of| self.said_in(of, view.look_ups(), &mail.inside.opened)).unwrap_or_default();
            for marks in &mail.inside.papers {
                identified.extend(self.identified(marks));
            }
            found.insert(mail.stored.number, identified);
        }
        let all: BTreeSet<ChildId> = found.values().flatten().flatten().cloned().collect();
        let known = view.panels_of_children(&Vec::from_iter(all)).await?;
        let mut exposed = BTreeMap::new();
        for mail in mails {
            let identified = found.remove(&mail.stored.number).unwrap_or_default();
            let cases_of = |alike: &Alike| -> Vec<&(CaseRef, PanelId)> {
                alike.iter().filter_map(|child| known.get(child)).flatten().collect()
            };
            let is_unseen = |alike: &Alike| {
                let cases = cases_of(alike);
                !cases.is_empty() && !cases.iter().any(|case| may_be_seen(book, restrictions, mail, case))
            };
            let mut unseen: Vec<Alike> = identified.into_iter().filter(is_unseen).collect();
            if !unseen.is_empty() {
                let theirs = self.of_the_answered(daemon, view, mail).await?;
                unseen.retain(|alike| theirs.iter().all(|own| own.is_disjoint(alike)));
            }
            let cases: BTreeSet<CaseRef> = unseen.iter().flat_map(cases_of).map(|(case, _)| *case).collect();
            if !cases.is_empty() {
                exposed.insert(mail.stored.number, cases);
            }
        }
        let opening: Duration = mails.iter().map(|mail| mail.inside.opened.took).sum();
        let took = watch.uptime().saturating_sub(begun) + opening;
        tracing::debug!(mails = mails.len(), bytes, took_us = took.as_micros(), "mails were looked over");
        Ok(exposed)
    }

    /// Those of these papers that identify a child of whose cases none is seen: each with whose it is.
    pub(in crate::daemon) async fn of_others<'d>(
        &mut self,
        view: &mut View,
        papers: Vec<(CaseRef, &'d Document)>,
        is_seen: impl Fn(&(CaseRef, PanelId)) -> bool,
    ) -> anyhow::Result<Vec<(CaseRef, &'d Document)>> {
        self.refresh(view).await?;
        let identified: Vec<BTreeSet<Alike>> =
            papers.iter().map(|(_, document)| self.identified(&document.name_marks)).collect();
        let all: BTreeSet<ChildId> = identified.iter().flatten().flatten().cloned().collect();
        let known = view.panels_of_children(&Vec::from_iter(all)).await?;
        let is_unseen = |alike: &Alike| {
            let cases: Vec<_> = alike.iter().filter_map(|child| known.get(child)).flatten().collect();
            !cases.is_empty() && !cases.into_iter().any(&is_seen)
        };
        let papers = papers.into_iter().zip(identified);
        Ok(papers.filter(|(_, identified)| identified.iter().any(is_unseen)).map(|(paper, _)| paper).collect())
    }

    /// Learns the children that are new or changed.
    async fn refresh(&mut self, view: &mut View) -> anyhow::Result<()> {
        let since = self.as_of.and_then(|at| at.checked_sub(SKEW).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
        let (latest, keys) = view.child_keys_since(since).await?;
        for (child, kind, hash) in keys {
            if matches!(kind, KeyKind::Lcs | KeyKind::Nhs | KeyKind::NamePair | KeyKind::Birth) {
                let known = self.by_mark.entry(hash.mark()).or_default();
                if !known.iter().any(|(other, of)| *other == child && *of == kind) {
                    known.push((child, kind));
                }
            }
        }
        self.as_of = self.as_of.max(Some(latest));
        Ok(())
    }

    /// The children whom these marks identify.
    fn identified(&self, marks: &[u8]) -> BTreeSet<Alike> {
        let mut identified = BTreeSet::new();
        let mut names: BTreeMap<&ChildId, Vec<[u8; 8]>> = BTreeMap::new();
        let mut births: BTreeMap<&ChildId, Vec<[u8; 8]>> = BTreeMap::new();
        for mark in marks.as_chunks::<8>().0 {
            let of = |kinds: &[KeyKind]| -> Vec<&ChildId> {
                let found = self.by_mark.get(mark).into_iter().flatten();
                found.filter(|(_, kind)| kinds.contains(kind)).map(|(child, _)| child).collect()
            };
            let numbered: Alike = of(&[KeyKind::Lcs, KeyKind::Nhs]).into_iter().cloned().collect();
            if !numbered.is_empty() {
                identified.insert(numbered);
            }
            for child in of(&[KeyKind::NamePair]) {
                names.entry(child).or_default().push(*mark);
            }
            for child in of(&[KeyKind::Birth]) {
                births.entry(child).or_default().push(*mark);
            }
        }
        let mut alike: BTreeMap<([u8; 8], [u8; 8]), Alike> = BTreeMap::new();
        for (child, names) in names {
            for birth in births.get(child).into_iter().flatten() {
                for name in &names {
                    alike.entry((*name, *birth)).or_default().insert(child.clone());
                }
            }
        }
        identified.extend(alike.into_values());
        identified
    }

    /// The children of its authority whom a mail identifies outside its papers. LCS numbers are local: another authority's
    /// child may have the same.
    fn said_in(&self, authority: &AuthorityId, look_ups: &LookUps, opened: &Opened) -> BTreeSet<Alike> {
        let Opened { text, figures, .. } = opened;
        let mut marks = figures.birth_marks(look_ups, authority);
        // Without any known child's birthday no name identifies anybody.
        if marks.as_chunks::<8>().0.iter().any(|mark| self.by_mark.contains_key(mark)) {
            marks.extend(look_ups.name_marks(authority, &name_pairs_in(text)));
        }
        marks.extend(figures.number_marks(look_ups, authority));
        self.identified(&marks)
    }

    /// The children whom the message identified that this mail answers: its sender wrote of them.
    async fn of_the_answered(
        &self,
        daemon: &Daemon,
        view: &mut View,
        mail: &Looked<'_>,
    ) -> anyhow::Result<BTreeSet<Alike>> {
        let Some(answers) = mail.stored.answers else { return Ok(BTreeSet::new()) };
        let Some(panel) = daemon.panels.get(&mail.stored.panel) else { return Ok(BTreeSet::new()) };
        let parcel = unpack::unpack(&view.raw(answers).await?, &daemon.limits);
        let names = parcel.leaves.iter().filter_map(|leaf| leaf.name.as_ref()).map(|name| name.reveal().clone());
        let mut text = names.collect::<Vec<_>>().join("\n");
        for more in [&parcel.headers.subject, &parcel.text] {
            text.push('\n');
            text.push_str(more.reveal());
        }
        let today = civil::date(mail.stored.created_at);
        let mut identified = self.identified(&text_marks(view.look_ups(), &panel.profile.authority, &text, today));
        for document in view.documents_of_message(answers).await? {
            identified.extend(self.identified(&document.name_marks));
        }
        Ok(identified)
    }
}

/// May everybody the mail is for see this case: it was cleared for them, or it is before the panel of which all of them hear
/// every child, and is kept from none of them?
fn may_be_seen(
    book: &Book<'_>,
    restrictions: &[Restriction],
    mail: &Looked<'_>,
    (case, panel): &(CaseRef, PanelId),
) -> bool {
    if mail.inside.cases.contains(case) {
        return true;
    }
    let Some(of) = book.panels.get(panel).filter(|_| *panel == mail.stored.panel) else { return false };
    let all = mail.envelope.to.iter().filter(|to| !to.journal).all(|to| hears_every_child(&of.profile, &to.role));
    let barred = |restriction: &Restriction| {
        restriction.case == *case && super::bars(book, restriction, mail.envelope).unwrap_or(true)
    };
    all && !restrictions.iter().any(barred)
}

/// Members of the panel, and those who run it.
fn hears_every_child(profile: &Profile, role: &RoleId) -> bool {
    let alerts = &profile.alerts;
    profile.core_roles.contains(role)
        || [&alerts.owner, &alerts.deputy, &alerts.chair].contains(&role)
        || role.as_str() == "approver"
}
