//! The forms workers fill in, as real workbooks.

use super::Child;
use dutyclerk::casework::Sha256;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

/// A form being filled in: a title, and lines of label and answer.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    title: &'static str,
    lines: Vec<(String, String)>,
}

/// Surrey's risk assessment tool (SY-04), dated 2 November 2026 and led by Viktor Sowerby.
pub(crate) fn rat(child: &Child) -> Form {
    let form = Form { title: "Exploited and Missing Child Risk Assessment Tool", lines: Vec::new() };
    form.set("Child's name", &child.name)
        .set("DOB", &day(child.born))
        .set("LCS Number", &child.lcs)
        .set("NHS Number", &child.nhs)
        .set("GP Name and Address", &child.gp)
        .set("Date of risk assessment", "02/11/2026")
        .set("CURRENT CE Risk Rating", "Significant")
        .set("Key risk for the child (tick all that apply)", "☒ C – Criminal exploitation   ☒ M – Missing episodes")
        .set("Summary of concerns", "Three missing episodes since half term, each overnight.")
        .set("Name of Lead Professional", "Viktor Sowerby")
        .set("Manager", "Keir Nettleton")
}

/// St Helens' assessment (SH-16, SH-17): initial, the child is being exploited, led by Nadia Coverdale.
pub(crate) fn ce_assessment(child: &Child) -> Form {
    let form = Form { title: "Child Exploitation (CE) Assessment", lines: Vec::new() };
    form.set("Name of child", &child.name)
        .set("Date of birth", &day(child.born))
        .set("LCS number", &child.lcs)
        .set("NHS number", &child.nhs)
        .set("Type of assessment", "☒ Initial   ☐ Review   ☐ Closure")
        .set("Date of assessment", "02/11/2026")
        .set("Analysis", "School report a change of friends and unexplained money.")
        .outcome(2)
        .set("Allocated social worker", "Nadia Coverdale")
        .set("Team manager", "Idris Yardley")
}

/// Surrey's recording template, filled in after a meeting (SY-19).
pub(crate) fn recording(child: &Child) -> Form {
    let form = Form { title: "Child Exploitation Risk Management Meeting recording template", lines: Vec::new() };
    form.set("Child's name", &child.name)
        .set("DOB", &day(child.born))
        .set("LCS Number", &child.lcs)
        .set("NHS Number", &child.nhs)
        .set("CURRENT CE Risk Rating", "Significant")
        .set("Name of Lead Professional", "Viktor Sowerby")
}

/// St Helens' meeting template, completed after a meeting (SH-14).
pub(crate) fn mace_template(child: &Child) -> Form {
    let form = Form { title: "MACE meeting template", lines: Vec::new() };
    form.set("Child's name", &child.name)
        .set("Date of birth", &day(child.born))
        .set("LCS number", &child.lcs)
        .set("Date of MACE meeting", "17/11/2026")
        .set("Allocated social worker", "Nadia Coverdale")
        .set("Key information shared", "School report fewer absences since half term.")
        .set("Safety plan", "Keeps her phone charged")
        .set("Actions agreed", "Ask the licensing team about the taxi firm")
        .set("Outcome agreed by MACE", "Child may be being exploited")
        .set("Decision of MACE", "Continue")
}

/// A document that is none of the panel's forms.
pub(crate) fn document(title: &'static str) -> Form {
    Form { title, lines: Vec::new() }
}

/// A return home interview (MC-07).
pub(crate) fn return_home_interview(child: &Child) -> Form {
    let form = Form { title: "Return Home Interview", lines: Vec::new() };
    form.set("Name of young person", &child.name)
        .set("DOB", &day(child.born))
        .set("LCS number", &child.lcs)
        .set("Date of interview", "03/11/2026")
        .set("Name of person completing interview", "Viktor Sowerby")
}

fn day(date: jiff::civil::Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

impl Form {
    /// Answers a question; answered already, it is answered anew.
    pub(crate) fn set(mut self, label: &str, answer: &str) -> Self {
        match self.lines.iter_mut().find(|(known, _)| known == label) {
            Some((_, known)) => answer.clone_into(known),
            None => self.lines.push((label.to_owned(), answer.to_owned())),
        }
        self
    }

    /// Surrey's rating.
    pub(crate) fn rating(self, rating: &str) -> Self {
        self.set("CURRENT CE Risk Rating", rating)
    }

    /// St Helens' outcome, counted from 1 as the procedure lists them.
    pub(crate) fn outcome(self, n: usize) -> Self {
        let outcome = [
            "Child is being exploited and presents a risk of exploitation towards children (Evidence of exploitation or multi-agency professional judgement",
            "Child is being exploited (Evidence of exploitation or multi-agency professional judgement)",
            "Child may be being exploited (Signs the child is exploited but no clear evidence)",
            "Child is not being exploited (No signs or evidence the child is being exploited)",
        ][n - 1];
        self.set("Outcome", outcome)
    }

    /// The day of the assessment, as `dd/mm/yyyy`.
    pub(crate) fn dated(self, day: &str) -> Self {
        let label = if self.title.starts_with("Child Exp") { "Date of assessment" } else { "Date of risk assessment" };
        self.set(label, day)
    }

    /// Who carries the case.
    pub(crate) fn lead(self, name: &str) -> Self {
        let label =
            if self.title.starts_with("Child Exp") { "Allocated social worker" } else { "Name of Lead Professional" };
        self.set(label, name)
    }

    /// The workbook's bytes; the same form always gives the same.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut book = Workbook::new();
        let made = ExcelDateTime::from_ymd(2026, 10, 1).unwrap();
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let sheet = book.add_worksheet();
        let bold = Format::new().set_bold();
        sheet.write_string_with_format(0, 0, self.title, &bold).unwrap();
        for (row, (label, answer)) in (2..).zip(&self.lines) {
            sheet.write_string_with_format(row, 0, label, &bold).unwrap();
            sheet.write_string(row, 1, answer).unwrap();
        }
        book.save_to_buffer().unwrap()
    }

    pub(crate) fn sha256(&self) -> String {
        Sha256::of(&self.bytes()).to_string()
    }
}
