//! The rules: what follows from a submission, as a value with its reason. The daemon carries it out.

mod standing;
mod lead;
mod placing;
mod urgent;
mod note;
mod sentence;
mod absence;
mod attendance;
mod context;
mod wrong_attachment;
mod resubmission;
mod decision;
mod submission;
mod together;
mod due;
mod timers;
mod words;
mod chosen;
mod outcome;
mod after;
mod response;
mod settling;
mod asking;
mod approval;
mod members;
#[cfg(test)]
mod tests;

pub use absence::{says_nobody_reads, speaks_of_absence};
pub use after::{Flag, Follows, Heard, HeardAt, Review, at_or_before, follow, proposal};
pub use approval::{CHASED_FROM, Unapproved, approval_deadline, supplement_deadline, unapproved};
pub use asking::Ends;
pub use attendance::{Attendance, Attendee};
pub use chosen::chosen;
pub use context::missing_context;
pub use decision::{
    AlertKind, Answer, CaseChoice, Decision, ExistingListing, Fate, HoldKind, Item, ItemOutcome, Listing, MessageKind,
    Override, PassedOver, Submission, SubmittedDocument, SubmittedReading,
};
pub use due::{Due, PACK_LATE, PACK_PATIENCE, Progress, SETTLE, due, evidence_from};
pub use lead::names_another_lead;
pub use members::{Change as MemberChange, Standing as MemberStanding, changes as member_changes};
pub use note::{Note, keeps_a_paper_back};
pub use outcome::{MeetingOutcome, OUTCOME_SHEET, Verdict, records_outcome, same_action};
pub use placing::{Placing, place};
pub use response::{Doubt, Invited, Sequel, Weight, weigh};
pub use resubmission::{OnFile, Resubmission, resubmit};
pub use settling::{Choice, Pick, begins_with_a_miscopied_code, begins_with_a_number, picks};
pub use standing::{Sender, SenderCheck, Standing};
pub use submission::{FLAG, asks_to_close, decide, is_not_heard, what_is};
pub use timers::{
    Contact, Stage, Timer, assessment as assessment_timer, clock as clock_timer, contact as contact_timer,
    first_assessment as first_assessment_timer, senior_review as senior_timer, template as template_timer,
};
pub use urgent::{asks_not_to_share, is_urgent};
pub use words::{family, meaning, meanings};
pub use wrong_attachment::{Mention, Mismatch, Spoken, Whereabouts, mismatch, people_named};
