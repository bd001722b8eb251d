//! Invented children. Their names are those of nobody in the shipped directory, so that a name found anywhere is a child's.

use jiff::civil::Date;

/// An invented child.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) born: Date,
    pub(crate) lcs: String,
    /// Ten digits of the 999 test range, with their check digit.
    pub(crate) nhs: String,
    /// As written on the form.
    pub(crate) gp: String,
}

/// A child of this name; the number makes its identifiers.
pub(crate) fn child(n: u32, name: &str) -> Child {
    let born = Date::new(2010, 2 + i8::try_from(n % 10).unwrap(), 3 + i8::try_from(n % 20).unwrap()).unwrap();
    let gp = "Riverside Surgery, Z99001, KT10 9ZZ".to_owned();
    Child { name: name.to_owned(), born, lcs: format!("70{:05}", n * 37 + 11), nhs: nhs_number(n * 53 + 7), gp }
}

impl Child {
    pub(crate) fn born(mut self, day: &str) -> Self {
        self.born = day.parse().unwrap();
        self
    }

    pub(crate) fn gp(mut self, gp: &str) -> Self {
        gp.clone_into(&mut self.gp);
        self
    }

    /// What may never stand in a subject, a file name, a calendar field or a log line.
    pub(crate) fn identifiers(&self) -> Vec<String> {
        let mut all: Vec<String> = self.name.split(' ').map(str::to_owned).collect();
        let nhs = &self.nhs;
        all.extend([self.lcs.clone(), nhs.clone(), format!("{} {} {}", &nhs[..3], &nhs[3..6], &nhs[6..])]);
        all.extend(["%Y-%m-%d", "%d/%m/%Y", "%-d/%-m/%Y", "%-d %B %Y"].map(|f| self.born.strftime(f).to_string()));
        all
    }
}

/// The first valid NHS number of the test range at or after this serial (mod 11).
fn nhs_number(serial: u32) -> String {
    let check = |nine: &str| {
        let sum: u32 = nine.chars().zip((2..=10).rev()).map(|(c, w): (char, u32)| c.to_digit(10).unwrap() * w).sum();
        match 11 - sum % 11 {
            10 => None,
            digit => Some(digit % 11),
        }
    };
    (serial..)
        .find_map(|serial| {
            let nine = format!("999{serial:06}");
            check(&nine).map(|digit| format!("{nine}{digit}"))
        })
        .unwrap()
}
