//! Stories: mail goes in, and what comes out is what the rules say. Each is a sentence and names its rule.

mod afterwards;
mod approval;
mod outcomes;
mod calendar;
mod containers;
mod covering_notes;
mod demo;
mod following;
mod health;
mod housekeeping;
mod large;
mod last_look;
mod late;
mod mace_template;
mod on_time;
mod outcome_sheet;
mod pasted;
mod repeats;
mod responses;
mod senders;
mod sensitive;
mod settling;
mod timers;
mod unanswered;
mod whole;
mod whose;
