//! What each rule that this program cites says, in one sentence for the person who asks why. The rules themselves stand in
//! the panels' own procedures; an `MC` rule is how an ambiguity in them was settled, or what a good clerk does where they
//! are silent.

/// One sentence for a rule id such as `SY-07`; none for an id this program never cites.
pub fn meaning(rule: &str) -> Option<&'static str> {
    let at = MEANINGS.binary_search_by_key(&rule, |(id, _)| id).ok()?;
    MEANINGS.get(at).map(|(_, words)| *words)
}

/// Every rule that this program cites, with its sentence, in order of id.
pub fn meanings() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEANINGS.iter().copied()
}

/// Whose rule it is, by the letters of its id.
pub fn family(rule: &str) -> &'static str {
    match rule.split_once('-').map(|(letters, _)| letters) {
        Some("BD") => "Blackburn with Darwen, MACSE",
        Some("MC") => "Where the procedures are silent or disagree",
        Some("NT") => "Nottinghamshire",
        Some("OP") => "How this program is operated",
        Some("S0") => "MACSE panels in general",
        Some("SH") => "St Helens, MACE",
        Some("SY") => "Surrey, RMM",
        _ => "Others",
    }
}

/// In order of id, so that it can be searched.
const MEANINGS: &[(&str, &str)] = &[
    ("BD-01", "The MACSE panel meets monthly."),
    (
        "BD-03",
        "A CSE assessment is completed within ten working days of the referral, with all partners' contributions.",
    ),
    ("BD-04", "Engage nurses are told of a referral that is taken, and assess the child's health."),
    ("BD-05", "An assessment and plan are reviewed every three months or after a significant event."),
    ("BD-06", "An assessment examines all ten domains."),
    ("BD-07", "An assessment has a classification of risk, a recommendation and management oversight."),
    ("BD-09", "Nobody waits for the minutes: every agency acts on what it knows."),
    ("BD-11", "A paper sent to the wrong panel is shown the right way, not heard here."),
    ("BD-14", "A panel's cut-off must be written in its profile; none is ever invented."),
    ("MC-01", "The pack goes at the cut-off, with what came in time."),
    (
        "MC-02",
        "“Two working days before” is counted at the meeting's own time of day, unless the panel says clear days.",
    ),
    ("MC-03", "The next review falls within the window of the child's rating."),
    ("MC-04", "A review interval is the longest allowed; earlier is fine."),
    ("MC-05", "A review is heard at the last meeting on or before its date, never after the longest interval."),
    (
        "MC-06",
        "Minimal, low concern and closure are one outcome: the case is closed with a rationale and stays in the register.",
    ),
    ("MC-07", "A return home interview alone admits a child; the lead professional is asked for the assessment."),
    ("MC-08", "The whole pack goes to core members only; everyone else gets their own child alone."),
    ("MC-09", "Each health colleague gets only the children they serve, and nobody the same child's paper twice."),
    (
        "MC-10",
        "A health copy is about one child, needs a basis in the sharing agreement, and keeps back a paper that names another listed child.",
    ),
    (
        "MC-12",
        "The Thursday cut-off runs to the end of that day; the pack goes at noon on the next working day, or early with a supplement.",
    ),
    ("MC-13", "A meeting on a bank holiday is never silently moved or held: a replacement date is asked for."),
    ("MC-14", "Days that are not called working days are calendar days; the reminder goes at half time."),
    ("MC-15", "Ten days for an assessment are working days, from the day on which the referral was accepted."),
    ("MC-16", "Fixed reviews are counted from the start of the pathway."),
    (
        "MC-17",
        "Three o'clock is the clerk's own deadline: every contact is heard the next working morning, a later one as a late addition.",
    ),
    ("MC-19", "A mistake in the notes is told within five working days; nothing is deemed agreed."),
    ("MC-20", "An agenda that runs over the session is a warning; no child is dropped."),
    ("MC-21", "A child both exploited and missing gets the longer slot."),
    ("MC-22", "A late paper about a child at the highest rating is put before the chair at once, who may admit it."),
    (
        "MC-23",
        "Whether a meeting has its quorum is told from the answers to its invitation, on the working day before.",
    ),
    ("MC-26", "Each panel has its own risk scale; ratings are never mapped from one to another."),
    ("MC-27", "“Monthly” is 28 days."),
    ("MC-28", "Months are counted to the month's last day where there is no such day."),
    ("MC-29", "Arrival is the server's time, never the sender's date."),
    (
        "MC-30",
        "A second form for a child replaces the first only before the cut-off, from the same worker and later dated; else both are kept or it is tabled for the chair.",
    ),
    (
        "MC-31",
        "A late paper is provisionally on the next meeting, and the chair is asked at once whether to admit it to this one.",
    ),
    (
        "MC-32",
        "On time is on time: a paper that came in time but must be looked at first keeps its child on the agenda, “paper to follow”.",
    ),
    (
        "MC-33",
        "Where a panel says so, a person approves its pack, which waits 30 minutes for that and then goes without flagged papers, or waits on; what is held is settled by its code.",
    ),
    (
        "MC-34",
        "The authenticated sender of the child's own authority is the contact until another person is confirmed; where the form names another lead professional, that is asked.",
    ),
    (
        "MC-35",
        "Where no review date is recorded in two working days, the earliest one of the window is set provisionally.",
    ),
    (
        "MC-36",
        "Working days are whole days; what goes within thirty minutes of its moment is in time, after sixty a person is alerted.",
    ),
    ("NT-01", "Data on exploitation are collated for a yearly problem profile."),
    (
        "NT-05",
        "A referral says as much of its context as it can; what is left blank is told kindly and holds nothing up.",
    ),
    ("NT-07", "The basis for sharing is recorded for each group of recipients."),
    ("OP-01", "A mailbox that cannot be read is told to a person within 15 minutes, a refused login within two."),
    ("OP-02", "That no mail leaves is told to a person, also by a way that depends on no mail server."),
    ("OP-03", "A disk that fills up is told to a person before it is full; when it is, mail stays in its mailbox."),
    ("OP-04", "Each night the ledger is compared with the mail servers, and what one has and the other lacks is told."),
    ("OP-05", "The table of bank holidays reaches a year ahead, or its end is told."),
    ("OP-06", "Each working day the panel's owner gets a digest of what waits, is owed and has not gone."),
    (
        "OP-07",
        "Working copies are destroyed so many days after what they were for is finished, unless a legal hold keeps them.",
    ),
    ("OP-08", "What follows from many messages that come to light at once in a rebuilt mailbox waits for a person."),
    (
        "OP-09",
        "Papers go in numbered parts where a mail would be too large; a single one that is too large waits for a person.",
    ),
    ("OP-10", "A token, secret or certificate that is refused or about to end is told to a person."),
    ("OP-11", "More mails in an hour than is usual stop all sending until a person has looked."),
    ("OP-12", "A mail goes to nobody who has left the directory since it was written, or has another address there."),
    ("OP-13", "A sender gets so many answers a day and no more; of the rest a person is told."),
    ("S0-01", "What a partner did is recorded on the day."),
    ("S0-02", "Minutes may be challenged for one working week."),
    ("S0-08", "Where an NRM referral is considered, its meeting is held before a month has passed."),
    ("S0-10", "Schools and placements are invited for the child they know, and for nothing else."),
    ("S0-17", "Chairs are briefed on the national referral mechanism; the program has no part in it."),
    ("SH-01", "St Helens MACE meets every other Tuesday."),
    ("SH-02", "The newest assessment must reach the MACE inbox by the Thursday before the meeting."),
    ("SH-03", "Partners need time to read the papers before the meeting."),
    (
        "SH-04",
        "The social worker is invited to the meeting that hears the child, and for an initial assessment the advanced practitioner.",
    ),
    ("SH-05", "MACE hears every initial assessment with a medium or high outcome; others are recorded."),
    ("SH-06", "MACE reviews every case at three and six months, then every three months until it is closed."),
    ("SH-07", "The chair may bring a review forward."),
    ("SH-08", "No case is closed without MACE, and a request to close needs a rationale."),
    ("SH-09", "When the panel agrees a closure, the complex safeguarding worker ends the flag."),
    ("SH-10", "A case announced without its assessment is expected and listed as such."),
    ("SH-11", "A social worker who cannot attend sends a manager who knows the case."),
    (
        "SH-13",
        "The meeting is recorded by the panel's business support; minutes go on the child's record first, then to partners.",
    ),
    ("SH-14", "The meeting's template is completed within five days of the meeting."),
    ("SH-15", "While risk is medium or high the assessment is reviewed every four weeks."),
    ("SH-16", "The form must be marked initial or review."),
    ("SH-17", "An assessment has one of four outcomes."),
    ("SH-18", "The initial CE assessment meeting is held within ten days of the decision that one is needed."),
    ("SH-19", "Whether a CE assessment is needed is decided within one working day of the contact."),
    ("SH-20", "A new contact is on the agenda of the morning meeting by three o'clock the same day."),
    ("SH-22", "The same thing is not recorded twice."),
    (
        "SH-23",
        "Immediate danger goes the statutory way, not through the panel: the sender is told so and a person is alerted.",
    ),
    ("SH-27", "An escalation is answered by the chair within five working days."),
    ("SH-28", "How often a decision is disputed is counted, and why."),
    ("SH-30", "A case open for six months is reviewed by the head of service, with oversight of case and plan."),
    ("SH-31", "A review that is overdue is raised as a practice alert with the team manager."),
    ("SH-32", "An assessment is authorised by the team manager."),
    ("SH-36", "The service lead reports to the boards."),
    ("SY-01", "RMM meets weekly in each area."),
    ("SY-03", "Referrals go to the duty mailbox of the child's own quadrant; what went to two is put before a person."),
    ("SY-04", "What is accepted: a complete and current risk assessment, a screening tool, a return home interview."),
    ("SY-05", "The list of children goes to all attendees 48 hours before the meeting."),
    ("SY-06", "The papers of all children go to the core members in one e-mail, two working days before the meeting."),
    (
        "SY-07",
        "A late paper is not considered until the next meeting; a child already listed or due for review stays listed.",
    ),
    ("SY-08", "The child's GP, named nurses, sexual health service and CAMHS are told before the meeting."),
    ("SY-09", "The child's health colleagues are written to again after the meeting."),
    ("SY-10", "A meeting needs police, children's services and health."),
    ("SY-12", "The core members of RMM are the chair, police, education, community named nurse and CAMHS."),
    ("SY-13", "Case-by-case attendees are proposed to a person, and invited on confirmation for their slot only."),
    ("SY-14", "The caseworker attends for their own child; if unable, the manager does and updates the chair first."),
    ("SY-15", "Slots are fifteen minutes for exploitation and ten for missing, in general."),
    (
        "SY-17",
        "A case put off more than once for want of information or action is raised with the agency by the chair.",
    ),
    ("SY-18", "The meeting agrees a risk rating, a safety and disruption plan and a lead professional."),
    ("SY-19", "A recording template is completed after the meeting, with rating, plan and next review date."),
    ("SY-20", "A child is taken off only with a full rationale."),
    ("SY-21", "Sensitive intelligence goes on a separate appendix; a paper that carries a handling marker is held."),
    ("SY-22", "The notes go to all who attended or are named in the terms of reference."),
    (
        "SY-24",
        "The agreed safety and disruption plan is shared through the minutes, with those the terms of reference name.",
    ),
    ("SY-26", "Intelligence forms go to the police from whoever holds the information; the program passes none on."),
    ("SY-27", "Reviews are at least every three months for emerging and monthly for experiencing."),
    ("SY-28", "When a review date is set, the lead professional is told and invited."),
    ("SY-29", "The worker comes to a review prepared, with updated documents."),
    (
        "SY-30",
        "The rating sets the review: none for minimal, three months for emerging, six to eight weeks for significant, four to six for experiencing.",
    ),
    ("SY-31", "The risk assessment is updated every three months."),
    ("SY-32", "A looked-after child placed out of county is reviewed at least quarterly."),
    (
        "SY-33",
        "A young person of youth justice who moves out stays on the list for the three months of the stability test.",
    ),
    (
        "SY-34",
        "A child placed elsewhere in the county is heard where it is placed, and worker and team manager attend.",
    ),
    (
        "SY-35",
        "A child of another authority placed here is discussed: that authority's social worker is invited, and what is agreed goes to worker and manager.",
    ),
    (
        "SY-36",
        "At eighteen a person is asked about care-leaver status, and adult services take the place of children's.",
    ),
    ("SY-39", "No child's papers go to CHaRMM or JAG mailboxes."),
    (
        "SY-40",
        "Sharing is proportionate and the minimum necessary, decided case by case; a restriction on a case beats every other rule.",
    ),
    ("SY-41", "The checklist asks for each child whether assessment, referrals and safety plan are in place."),
    (
        "SY-42",
        "A new case and a review have running orders of their own: a review looks at the actions of the last meeting.",
    ),
    ("SY-44", "Each action is reviewed as completed, ongoing or outstanding."),
    ("SY-45", "Each child has one safety plan, agreed by the meeting."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_says_each_rule_once() {
        assert!(MEANINGS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(meaning("SY-07").is_some_and(|words| words.contains("late paper")));
        assert_eq!(meaning("SY-99"), None);
    }
}
