//! A second form for a child who is already listed (MC-30).

use crate::casework::Address;
use jiff::civil::Date;

/// A paper on file for the child's listing.
#[derive(Clone, Debug)]
pub struct OnFile {
    /// The date on the form.
    pub form_date: Option<Date>,
    /// Who sent it.
    pub sender: Option<Address>,
    /// Who the form says completed it or leads, as comparable words; the agency.
    pub worker: Vec<String>,
    /// What it is (an assessment replaces an assessment, not a return home interview).
    pub what: String,
    /// It is held as incomplete or unreadable: anything better replaces it.
    pub held: bool,
    /// The form asks for the team manager's authorisation and has none (SH-32).
    pub unauthorised: bool,
}

/// What a second paper does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resubmission {
    /// It takes the place of the earlier one.
    Replaces,
    /// Both are kept, and admin is asked which holds.
    BothKept,
    /// Of another kind: it goes beside what is there.
    Beside,
    /// The pack has gone: it is tabled for the chair.
    Tabled,
}

/// A paper that came in time and is held is replaced by its correction, whenever that comes: on time is on time (MC-32).
/// Otherwise: before the cut-off the later form date wins when it comes from the same worker or team; equal, older, undated, or from
/// another agency: both kept, admin asked; but of the same day and now authorised it is the paper that was asked for (SH-32). After the pack or past the cut-off: tabled for the chair,
/// unless the same worker `corrects` what was sent: wrong data is not left with those who have it.
pub fn resubmit(new: &OnFile, earlier: &OnFile, in_time: bool, corrects: bool) -> Resubmission {
    if new.what != earlier.what {
        return if in_time { Resubmission::Beside } else { Resubmission::Tabled };
    }
    let same_sender = new.sender.is_some() && new.sender == earlier.sender;
    let same_team = match (&new.sender, &earlier.sender) {
        (Some(a), Some(b)) => a.domain() == b.domain() && !new.worker.is_empty() && new.worker == earlier.worker,
        _ => false,
    };
    let same_worker = same_sender || same_team;
    if earlier.held && (in_time || same_worker) {
        return Resubmission::Replaces;
    }
    if corrects && same_worker {
        return Resubmission::Replaces;
    }
    if !in_time {
        return Resubmission::Tabled;
    }
    let later = matches!((new.form_date, earlier.form_date), (Some(new), Some(old)) if new > old);
    let authorises = earlier.unauthorised && !new.unauthorised && new.form_date == earlier.form_date;
    if (later || authorises) && same_worker { Resubmission::Replaces } else { Resubmission::BothKept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(date: &str, sender: &str) -> OnFile {
        OnFile {
            form_date: Some(date.parse().unwrap()),
            sender: Some(sender.parse().unwrap()),
            worker: Vec::new(),
            what: "assessment".to_owned(),
            held: false,
            unauthorised: false,
        }
    }

    #[test]
    fn mc_30_later_from_the_same_worker_replaces() {
        let (old, new) = (paper("2026-11-01", "a@surrey.example"), paper("2026-11-05", "a@surrey.example"));
        assert_eq!(resubmit(&new, &old, true, false), Resubmission::Replaces);
        assert_eq!(resubmit(&old, &new, true, false), Resubmission::BothKept, "older");
        assert_eq!(resubmit(&new, &new, true, false), Resubmission::BothKept, "equal");
        assert_eq!(resubmit(&new, &old, false, false), Resubmission::Tabled, "after the pack");
        let other = paper("2026-11-05", "b@police.example");
        assert_eq!(resubmit(&other, &old, true, false), Resubmission::BothKept, "another agency");
    }

    #[test]
    fn sh_32_the_same_paper_now_authorised_takes_the_place_of_the_one_that_was_not() {
        let new = paper("2026-11-05", "a@surrey.example");
        let old = OnFile { unauthorised: true, ..new.clone() };
        assert_eq!(resubmit(&new, &old, true, false), Resubmission::Replaces);
        assert_eq!(resubmit(&old, &old, true, false), Resubmission::BothKept, "still not authorised");
        assert_eq!(resubmit(&new, &old, false, false), Resubmission::Tabled, "after the pack");
        let older = OnFile { form_date: Some("2026-11-01".parse().unwrap()), ..new };
        assert_eq!(resubmit(&older, &old, true, false), Resubmission::BothKept, "an older one");
    }

    #[test]
    fn mc_30_what_the_same_worker_corrects_is_replaced_whenever_that_comes() {
        let (old, new) = (paper("2026-11-01", "a@surrey.example"), paper("2026-11-01", "a@surrey.example"));
        for in_time in [true, false] {
            assert_eq!(resubmit(&new, &old, in_time, true), Resubmission::Replaces);
        }
        let other = paper("2026-11-05", "b@police.example");
        assert_eq!(resubmit(&other, &old, false, true), Resubmission::Tabled, "nobody corrects another's paper");
        let visit = OnFile { what: "return-home-interview".to_owned(), ..new };
        assert_eq!(resubmit(&visit, &old, false, true), Resubmission::Tabled, "nor one of another kind");
    }

    #[test]
    fn mc_30_a_held_paper_is_replaced_by_its_correction() {
        let mut old = paper("2026-11-05", "a@surrey.example");
        old.held = true;
        assert_eq!(resubmit(&paper("2026-11-01", "b@surrey.example"), &old, true, false), Resubmission::Replaces);
        let corrected = paper("2026-11-05", "a@surrey.example");
        assert_eq!(
            resubmit(&corrected, &old, false, false),
            Resubmission::Replaces,
            "MC-32: what came on time stays on time"
        );
        let other = paper("2026-11-05", "b@police.example");
        assert_eq!(
            resubmit(&other, &old, false, false),
            Resubmission::Tabled,
            "another agency's paper is no correction"
        );
    }
}
