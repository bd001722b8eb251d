//! `calendar [PANEL] [--from D --until D]`: the meetings of the enabled panels, with every moment that counts.

use super::{Context, Failure};
use crate::casework::PanelId;
use crate::casework::calendar::{Meeting, PanelCalendar, Warning, civil};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

/// Without dates: from today for so many weeks.
const WEEKS: i32 = 8;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One panel; all enabled ones without it.
    panel: Option<String>,
    /// The first day, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day, included [default: eight weeks after the first].
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

/// One meeting as other programs read it (a contract).
#[derive(Debug, Serialize)]
struct Line {
    panel: PanelId,
    meeting_id: String,
    starts_at: String,
    cutoff_at: String,
    list_at: Option<String>,
    pack_at: String,
    supplement_at: Option<String>,
    warnings: Vec<Warning>,
}

impl From<&Meeting> for Line {
    fn from(meeting: &Meeting) -> Self {
        Self {
            panel: meeting.id.panel.clone(),
            meeting_id: meeting.id.to_string(),
            starts_at: civil::rfc3339(meeting.starts_at),
            cutoff_at: civil::rfc3339(meeting.cutoff_at),
            list_at: meeting.list_at.map(civil::rfc3339),
            pack_at: civil::rfc3339(meeting.pack_at),
            supplement_at: meeting.supplement_at.map(civil::rfc3339),
            warnings: meeting.warnings.clone(),
        }
    }
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    let calendars: Vec<&PanelCalendar> = match &arguments.panel {
        None => config.calendars.values().collect(),
        Some(name) => {
            let known: Vec<&str> = config.calendars.keys().map(PanelId::as_str).collect();
            let found = config.calendars.get(&PanelId::new(name.as_str())).ok_or_else(|| {
                Failure::Usage(format!("there is no enabled panel `{name}`. Enabled: {}", known.join(", ")))
            })?;
            vec![found]
        }
    };
    let from = arguments.from.unwrap_or_else(|| context.today());
    let until = match arguments.until {
        Some(until) => until,
        None => from.checked_add(WEEKS.weeks()).map_err(anyhow::Error::from)?,
    };
    if until < from {
        return Err(Failure::Usage(format!("--until {until} lies before --from {from}")));
    }
    let mut meetings: Vec<Meeting> = calendars.iter().flat_map(|calendar| calendar.meetings(from, until)).collect();
    meetings.sort_by(|a, b| (a.starts_at, &a.id.panel).cmp(&(b.starts_at, &b.id.panel)));
    if context.out.json {
        let lines: Vec<Line> = meetings.iter().map(Line::from).collect();
        context.out.lines(&lines, |_| String::new())?;
    } else if meetings.is_empty() {
        context.out.text(&format!("No meeting from {from} to {until}."))?;
    } else {
        for meeting in &meetings {
            context.out.text(&in_words(meeting))?;
        }
    }
    Ok(())
}

fn in_words(meeting: &Meeting) -> String {
    let mut lines = vec![format!("{}  {}", civil::moment_in_words(meeting.starts), meeting.id)];
    if meeting.is_moved() {
        lines.push(format!("    moved from  {}", civil::day_in_words(meeting.id.date)));
    }
    lines.push(format!("    cut-off     {}", civil::instant_in_words(meeting.cutoff_at)));
    if let Some(list_at) = meeting.list_at {
        lines.push(format!("    list        {}", civil::instant_in_words(list_at)));
    }
    lines.push(format!("    pack        {}", civil::instant_in_words(meeting.pack_at)));
    if let Some(supplement_at) = meeting.supplement_at {
        lines.push(format!("    supplement  {}", civil::instant_in_words(supplement_at)));
    }
    lines.extend(meeting.warnings.iter().map(|warning| format!("    ! {}", warning.message)));
    lines.join("\n")
}
