//! What a panel's profile chose where a rule leaves a choice or an ambiguity was to be settled: for the person who asks how a
//! rule is applied here.

use crate::casework::panel::{Approval, Count, Cutoff, HealthContent, Interval, Late, OnDeadline, Pack, Profile, Roll};
use jiff::civil::{Time, Weekday};
use std::fmt::Display;

/// By rule, in the order of the profile.
pub fn chosen(profile: &Profile) -> Vec<(&'static str, String)> {
    let mut all = moments(profile);
    all.extend(reviews(profile));
    all.extend(people(profile));
    all.extend(between_meetings(profile));
    all
}

fn moments(profile: &Profile) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    all.push(match &profile.cutoff {
        Cutoff::WeekdayBefore { weekday, time, roll } => {
            let rolls = match roll {
                Roll::None => "bank holiday or not",
                Roll::Back => "or the working day before where that is none",
            };
            ("BD-14", format!("cut-off: the {} before at {}, {rolls}", day(*weekday), clock(*time)))
        }
        Cutoff::WorkingDaysBefore { days, count } => {
            let counted = match count {
                Count::Offset => "counted from the meeting's own time of day",
                Count::Clear => "clear days between",
            };
            ("MC-02", format!("cut-off: {} before, {counted}", many(*days, "working day")))
        }
    });
    all.push(match &profile.pack {
        Pack::AtCutoff => ("MC-01", "the pack goes at the cut-off".to_owned()),
        Pack::NextWorkingDay { time, early_time } => {
            let (time, early) = (clock(*time), clock(*early_time));
            ("MC-12", format!("the pack goes at {time} on the working day after the cut-off, or early at {early}"))
        }
    });
    let list = profile.list.as_ref();
    all.extend(list.map(|list| ("SY-05", format!("the list goes {} hours before", list.hours_before))));
    all.push(match profile.late {
        Late::NextMeeting => ("SY-07", "a late paper waits for the next meeting".to_owned()),
        Late::AskChair => ("MC-31", "the chair is asked about a late paper".to_owned()),
    });
    let approval = match (profile.approval, profile.on_deadline) {
        (Approval::Automatic, _) => "packs go without approval",
        (Approval::Required, OnDeadline::Send) => {
            "packs are approved; after the deadline they go without flagged papers"
        }
        (Approval::Required, OnDeadline::Hold) => "packs are approved, and wait until they are",
    };
    all.push(("MC-33", approval.to_owned()));
    all.push(("MC-20", format!("a session has {} minutes", profile.session_minutes)));
    let slots = profile.sections.iter().filter(|section| section.minutes > 0);
    let slots = slots.map(|section| format!("{} {} minutes", section.title, section.minutes));
    all.push(("SY-15", format!("slots: {}", listed(slots))));
    all
}

fn reviews(profile: &Profile) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for rating in &profile.scale {
        if let Some(review) = rating.review {
            let target = review.target.map(|target| format!("aimed at {}, ", length(target))).unwrap_or_default();
            all.push(("MC-03", format!("{}: {target}{} at the latest", rating.title, length(review.latest))));
        }
    }
    let titles = |of: fn(&crate::casework::panel::Rating) -> bool| {
        listed(profile.scale.iter().filter(|rating| of(rating)).map(|rating| rating.title.clone()))
    };
    let (closing, very_high) = (titles(|rating| rating.closes), titles(|rating| rating.very_high));
    if !closing.is_empty() {
        all.push(("MC-06", format!("these close a case: {closing}")));
    }
    if !very_high.is_empty() {
        all.push(("MC-22", format!("a late paper is urgent at: {very_high}")));
    }
    if let Some(fixed) = &profile.fixed_reviews {
        let months = listed(fixed.months.iter());
        all.push(("MC-16", format!("reviews {months} months after the start, then every {}", fixed.then_every)));
    }
    all
}

fn people(profile: &Profile) -> Vec<(&'static str, String)> {
    let mut all = vec![("MC-08", format!("the whole pack goes to: {}", listed(&profile.core_roles)))];
    if !profile.case_roles.is_empty() {
        all.push(("SY-13", format!("proposed child by child: {}", listed(&profile.case_roles))));
    }
    if !profile.initial_roles.is_empty() {
        all.push(("SH-04", format!("invited for initial assessments: {}", listed(&profile.initial_roles))));
    }
    if !profile.quorum.is_empty() {
        let parts =
            profile.quorum.iter().map(|roles| roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "));
        all.push(("SY-10", format!("quorum: {}", parts.collect::<Vec<_>>().join("; "))));
    }
    let ahead = match profile.core_invitations {
        0 => "core members are not invited by calendar".to_owned(),
        n => format!("core members have the next {} in their calendars", many(n.into(), "meeting")),
    };
    all.push(("SY-12", ahead));
    let health = match (&profile.health.basis, profile.health.roles.is_empty()) {
        (Some(basis), false) => {
            let roles = profile.health.roles.iter().map(|(role, content)| match content {
                HealthContent::Summary => format!("{role} the summary"),
                HealthContent::Paper => format!("{role} the paper too"),
            });
            format!("health copies by {basis}: {}", listed(roles))
        }
        _ => "no health copies: no basis is named".to_owned(),
    };
    all.push(("MC-10", health));
    if profile.notes.after_upload {
        all.push(("SH-13", "the notes wait until the upload is recorded".to_owned()));
    }
    let days = profile.notes.challenge_days;
    all.push(("MC-19", format!("a mistake in the notes is told within {}", many(days, "working day"))));
    all
}

fn between_meetings(profile: &Profile) -> Vec<(&'static str, String)> {
    let (timers, mut all) = (&profile.timers, Vec::new());
    if let Some(timer) = &timers.assessment {
        let age = length(profile.assessment_age);
        all.push((timer.rule.as_str(), format!("the next assessment is due {age} after the last")));
        if let Some(role) = &timer.alert_by {
            all.push(("SH-31", format!("a practice alert is raised by: {role}")));
        }
    }
    let first = timers.first.map(|timer| ("BD-03", format!("within {}", many(timer.working_days, "working day"))));
    all.extend(first);
    if let Some(timer) = timers.contact {
        all.push(("SH-20", format!("on the morning agenda by {}", clock(timer.agenda_by))));
        all.push(("SH-19", format!("decided within {}", many(timer.working_days, "working day"))));
    }
    let template = timers.template.map(|timer| ("SH-14", format!("within {} calendar days", timer.days)));
    all.extend(template);
    let senior = timers.senior.as_ref();
    all.extend(senior.map(|timer| ("SH-30", format!("after {} months, by: {}", timer.months, timer.role))));
    let clocks = timers.clocks.iter();
    all.extend(
        clocks.map(|timer| (timer.rule.as_str(), format!("{} after the day a person gives", length(timer.after)))),
    );
    all
}

fn length(interval: Interval) -> String {
    match interval {
        Interval::Days(n) => many(n.unsigned_abs(), "day"),
        Interval::Months(n) => many(n.unsigned_abs(), "calendar month"),
    }
}

fn many(n: u32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn clock(time: Time) -> String {
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

fn day(weekday: Weekday) -> String {
    let name =
        crate::casework::calendar::WEEKDAYS.iter().find(|(_, day)| *day == weekday).map_or("day", |(name, _)| name);
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

fn listed(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
