//! Answers to invitations: iTIP REPLY, COUNTER and REFRESH (RFC 5546), as Outlook, Exchange, Google and Apple write them.

use crate::casework::{Address, AnswerMethod, CalendarAnswer, Format, Participation};
use crate::inbound::unpack::Parcel;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarMethod, ICalendarParameterName,
    ICalendarParameterValue, ICalendarParticipationStatus, ICalendarProperty, ICalendarValue,
};
use jiff::Timestamp;

/// No program answers more events in one message.
const MOST_EVENTS: usize = 50;

pub(super) fn answers(parcel: &Parcel) -> Vec<CalendarAnswer> {
    let mut found: Vec<CalendarAnswer> = Vec::new();
    // Outlook attaches the same answer a second time as invite.ics.
    for leaf in parcel.leaves.iter().filter(|leaf| leaf.format == Format::Ics && !leaf.path.contains('/')) {
        let Ok(calendar) = ICalendar::parse(String::from_utf8_lossy(&leaf.bytes)) else { continue };
        for answer in events(&calendar, parcel.headers.from.as_ref()) {
            if found.len() < MOST_EVENTS && !found.contains(&answer) {
                found.push(answer);
            }
        }
    }
    found
}

fn events(calendar: &ICalendar, sender: Option<&Address>) -> Vec<CalendarAnswer> {
    let Some(method) = calendar.components.iter().find_map(method) else { return Vec::new() };
    let events = calendar.components.iter().filter(|c| c.component_type == ICalendarComponentType::VEvent);
    events.filter_map(|event| answer(event, method, sender)).collect()
}

fn method(component: &ICalendarComponent) -> Option<AnswerMethod> {
    match component.property(&ICalendarProperty::Method)?.values.first()? {
        ICalendarValue::Method(ICalendarMethod::Reply) => Some(AnswerMethod::Reply),
        ICalendarValue::Method(ICalendarMethod::Counter) => Some(AnswerMethod::Counter),
        ICalendarValue::Method(ICalendarMethod::Refresh) => Some(AnswerMethod::Refresh),
        _ => None,
    }
}

fn answer(event: &ICalendarComponent, method: AnswerMethod, sender: Option<&Address>) -> Option<CalendarAnswer> {
    let attendees: Vec<&ICalendarEntry> =
        event.entries.iter().filter(|entry| entry.name == ICalendarProperty::Attendee).collect();
    let address = |entry: &&ICalendarEntry| entry.calendar_address().and_then(|text| text.parse::<Address>().ok());
    // There should be one (RFC 5546 §3.2.3); a delegation also names who comes instead.
    let own = attendees.iter().find(|entry| sender.is_some() && address(entry).as_ref() == sender);
    let own = own.or(attendees.first());
    Some(CalendarAnswer {
        method,
        uid: event.uid()?.trim().to_owned(),
        sequence: event
            .property(&ICalendarProperty::Sequence)
            .and_then(|entry| entry.values.first())
            .and_then(ICalendarValue::as_integer),
        stamped_at: event
            .property(&ICalendarProperty::Dtstamp)
            .and_then(|entry| entry.values.first())
            .and_then(instant),
        attendee: own.and_then(address),
        says: own.map_or(Participation::NeedsAction, |entry| participation(entry)),
        delegate: own.and_then(|entry| delegate(entry)),
    })
}

/// A time in UTC, as DTSTAMP must be.
fn instant(value: &ICalendarValue) -> Option<Timestamp> {
    let ICalendarValue::PartialDateTime(at) = value else { return None };
    at.tz_hour.filter(|hour| *hour == 0)?;
    let digits = |n: Option<u8>| n.and_then(|n| i8::try_from(n).ok());
    let (year, month, day) = (i16::try_from(at.year?).ok()?, digits(at.month)?, digits(at.day)?);
    let (hour, minute, second) = (digits(at.hour)?, digits(at.minute)?, digits(at.second)?);
    let local = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp())
}

fn participation(entry: &ICalendarEntry) -> Participation {
    match entry.parameter(&ICalendarParameterName::Partstat) {
        Some(ICalendarParameterValue::Partstat(status)) => match status {
            ICalendarParticipationStatus::Accepted => Participation::Accepted,
            ICalendarParticipationStatus::Declined => Participation::Declined,
            ICalendarParticipationStatus::Tentative => Participation::Tentative,
            ICalendarParticipationStatus::Delegated => Participation::Delegated,
            _ => Participation::NeedsAction,
        },
        _ => Participation::NeedsAction,
    }
}

fn delegate(entry: &ICalendarEntry) -> Option<Address> {
    let text = entry.parameter(&ICalendarParameterName::DelegatedTo)?.as_text()?;
    let scheme = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    text.get(if scheme { 7 } else { 0 }..)?.parse().ok()
}
