//! Not more mails a minute than the server allows (Microsoft 365: 30 a mailbox). Pure: takes now.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// What the limit is counted over.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// When the last mails went: never more than `most` within any minute.
#[derive(Clone, Debug)]
pub struct Pace {
    most: usize,
    began: VecDeque<Timestamp>,
}

impl Pace {
    /// At most so many a minute; 0 counts as 1.
    pub fn new(most: u32) -> Self {
        Self { most: usize::try_from(most).unwrap_or(usize::MAX).max(1), began: VecDeque::new() }
    }

    /// When the next mail may begin; none means now.
    pub fn wait_until(&self, now: Timestamp) -> Option<Timestamp> {
        let nth = self.began.len().checked_sub(self.most)?;
        let free = self.began.get(nth)?.checked_add(MINUTE).ok()?;
        (free > now).then_some(free)
    }

    /// A mail begins now.
    pub fn begin(&mut self, now: Timestamp) {
        self.began.push_back(now);
        while self.began.len() > self.most {
            self.began.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_sees_more_than_the_most() {
        let second = |s| Timestamp::from_second(1_800_000_000 + s).unwrap();
        let mut pace = Pace::new(3);
        let (mut now, mut began) = (0, Vec::new());
        while began.len() < 10 {
            match pace.wait_until(second(now)) {
                None => {
                    pace.begin(second(now));
                    began.push(now);
                    now += 1;
                }
                Some(free) => {
                    assert!(free > second(now));
                    now = free.as_second() - 1_800_000_000;
                }
            }
        }
        assert_eq!(began, [0, 1, 2, 60, 61, 62, 120, 121, 122, 180]);
        assert!(Pace::new(0).wait_until(second(0)).is_none(), "0 is no way to stop sending: send.enabled is");
    }
}
