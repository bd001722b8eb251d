use super::*;
use crate::inbound::form::FormTables;
use std::sync::OnceLock;

fn tables() -> &'static FormTables {
    static TABLES: OnceLock<FormTables> = OnceLock::new();
    TABLES.get_or_init(|| FormTables::shipped().unwrap())
}

fn cells(rich: &str) -> Vec<(String, String)> {
    let document = read(rich.as_bytes(), tables().labels(), &Limits::default()).unwrap();
    let all = document.rows.into_iter().flat_map(|row| row.cells);
    all.map(|cell| (cell.at, cell.text)).filter(|(_, text)| !text.is_empty()).collect()
}

fn is(rich: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(at, text)| ((*at).to_owned(), (*text).to_owned())).collect();
    assert_eq!(cells(rich), expected, "{rich}");
}

#[test]
fn rows_and_cells_stand_where_their_edges_say() {
    let rich = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1 Wingdings;}}\pard Title\par
        \trowd\cellx1000\cellx2000\cellx3000\intbl a\cell b\par c\cell d\cell\row
        \trowd\cellx1000\cellx3000\intbl e\cell f\cell\row\pard after\par}";
    is(
        rich,
        &[
            ("p1", "Title"),
            ("table1!r1c1", "a"),
            ("table1!r1c2", "b\nc"),
            ("table1!r1c3", "d"),
            ("table1!r2c1", "e"),
            ("table1!r2c2", "f"),
            ("p2", "after"),
        ],
    );
}

#[test]
fn characters_boxes_and_fields_are_read_and_what_was_taken_back_is_not() {
    is(r"{\rtf1\ansicpg1252 Zo\'eb\u8217?s \{x\}\par}", &[("p1", "Zoë’s {x}")]);
    is(r"{\rtf1{\fonttbl{\f1 Wingdings;}}{\f1\'fe} Yes {\f1 o} No\par}", &[("p1", "☑ Yes ☐ No")]);
    is(r"{\rtf1 {\v hidden}{\strike old}{\deleted gone}{\*\comment no}new\par}", &[("p1", "new")]);
    let field = |result: &str| {
        format!(
            r"{{\rtf1 {{\field{{\*\fldinst FORMCHECKBOX {{\*\formfield{{\fftype1{result}\ffdefres1}}}}}}{{\fldrslt x}}}}Yes\par}}"
        )
    };
    is(&field(r"\ffres0"), &[("p1", "☐ Yes")]);
    is(&field(r"\ffres25"), &[("p1", "☒ Yes")]);
}

#[test]
fn a_box_whose_tick_was_lost_is_no_tick_and_is_told() {
    let rich = r"{\rtf1{\field{\*\fldinst { FORMCHECKBOX }}{\fldrslt {}}} LAC\par}";
    is(rich, &[("p1", "☐ LAC")]);
    assert_eq!(read(rich.as_bytes(), tables().labels(), &Limits::default()).unwrap().findings.len(), 1);
}

#[test]
fn a_prompt_in_a_text_field_is_no_answer() {
    let field = |result: &str| {
        format!(
            r"{{\rtf1 {{\field{{\*\fldinst FORMTEXT {{\*\formfield{{\fftype0{{\*\ffdeftext Enter name}}}}}}}}{{\fldrslt {result}}}}}\par}}"
        )
    };
    is(&field("Pat Worker"), &[("p1", "Pat Worker")]);
    is(&field("Enter name"), &[]);
}

#[test]
fn what_may_be_a_prompt_is_an_answer_only_where_it_can_be_nothing_else() {
    // Not described; or by LibreOffice, which calls prompt what stands in a content control.
    let bare = |said: &str| format!(r"{{\rtf1{{\field{{\*\fldinst {{ FORMTEXT }}}}{{\fldrslt {{{said}}}}}}}\par}}");
    let control = |by: &str, said: &str| {
        let control = format!(r"{{\*\formfield{{\fftype0{{\*\ffdeftext {said}}}}}}}");
        format!(r"{{\rtf1{{\*\generator {by}}}{{\field{{\*\fldinst{{ FORMTEXT }}{control}}}{{\fldrslt {said}}}}}\par}}")
    };
    let lost = |rich: &str| !read(rich.as_bytes(), tables().labels(), &Limits::default()).unwrap().findings.is_empty();
    for said in ["Pat Worker", "01/02/2011", "999 000 0018", "15 years", "Zoe van der Berg-Jones"] {
        for rich in [bare(said), control("LibreOffice/7.4.7.2", said)] {
            is(&rich, &[("p1", said)]);
            assert!(!lost(&rich), "{rich}");
        }
        // Word says what it printed there.
        is(&control("Msftedit 5.41", said), &[]);
    }
    for said in
        ["Legal name of the child", "Social Worker", "Borough", "Describe What Bo Saw", "Who is it?", "10 digits"]
    {
        for rich in [bare(said), control("LibreOffice/7.4.7.2", said)] {
            is(&rich, &[("p1", "\u{FFFD}")]);
            assert!(lost(&rich), "somebody should look: {rich}");
        }
    }
    let prompt = bare("Click or tap here to enter text.");
    is(&prompt, &[]);
    assert!(!lost(&prompt));
    is(r"{\rtf1{\field{\*\fldinst { FORMDROPDOWN }}{\fldrslt Pat Worker}}\par}", &[("p1", "\u{FFFD}")]);
}

#[test]
fn no_other_text_stands_in_for_an_answer_that_was_lost() {
    let field = r"{\field{\*\fldinst { FORMTEXT }}{\fldrslt {Legal name of the child}}}";
    let row = |cells: &str| format!(r"\trowd\cellx2000\intbl {cells}\cell\row ");
    let rich = format!(
        r"{{\rtf1 Exploited and missing child risk assessment tool (RAT)\par {}{}{}{}{}}}",
        row("Child's name: Zoe Example"),
        row("DOB: 01/02/2011"),
        row("Date of assessment: 12/11/2026"),
        row(&format!("School: {field}")),
        row("Other words")
    );
    let today = jiff::civil::date(2026, 11, 27);
    let report = crate::inbound::form::read_document(
        rich.as_bytes(),
        None,
        tables(),
        &Limits::default(),
        today,
        &crate::inbound::form::ReadOptions::default(),
    );
    assert_eq!(report.readings[0].text(crate::casework::FieldId::Education), None);
    assert!(report.readings[0].form.is_some());
}

#[test]
fn what_is_set_in_the_style_of_prompts_is_one() {
    let styles = r"{\stylesheet{\s0 Normal;}{\*\cs42\sbasedon17\loch\cf15 Placeholder Text;}{\*\cs43 Strong;}}";
    is(&format!(r"{{\rtf1{styles}Rating: {{\cs42 Pick it.}}{{\cs43 High}}\par}}"), &[("p1", "Rating: High")]);
}

#[test]
fn tables_that_follow_one_another_are_told_apart_by_their_edges() {
    let row = |edges: &str, cells: &str| format!(r"\trowd{edges}\intbl {cells}\row ");
    let rich = format!(
        r"{{\rtf1 {}{}{}}}",
        row(r"\cellx1000\cellx3000", r"a\cell b\cell"),
        row(r"\cellx3000", r"heading\cell"),
        row(r"\cellx1500\cellx3000", r"c\cell d\cell")
    );
    let places: Vec<String> = cells(&rich).into_iter().map(|(at, _)| at).collect();
    assert_eq!(places, ["table1!r1c1", "table1!r1c2", "table2!r1c1", "table3!r1c1", "table3!r1c2"]);
}

#[test]
fn broken_files_are_read_as_far_as_they_go() {
    assert_eq!(cells(r"{\rtf1"), []);
    assert_eq!(cells(r"{\rtf1 one\par two").len(), 2);
    assert_eq!(cells(r"{\rtf1\trowd\cellx9 a\cell b\cell").len(), 2);
    let limits = Limits { cells: 10, ..Limits::default() };
    assert!(
        read([br"{\rtf1".as_slice(), &br"\par x".repeat(20)].concat().as_slice(), tables().labels(), &limits).is_err()
    );
}

#[test]
fn a_table_within_a_cell_is_a_table_of_its_own() {
    // As Word writes it: the places of the inner cells stand behind them, and a substitute for programs that know no such tables.
    let inner = r"\pard\intbl\itap2 DOB\nestcell 01/02/2011\nestcell{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}";
    let rich = format!(
        r"{{\rtf1\trowd\cellx1000\cellx2000\pard\intbl a\par {inner}{inner}\pard\intbl\cell b\cell\row\pard c\par}}"
    );
    let expected = [
        ("table1!r1c1", "a"),
        ("table1.1!r1c1", "DOB"),
        ("table1.1!r1c2", "01/02/2011"),
        ("table1.1!r2c1", "DOB"),
        ("table1.1!r2c2", "01/02/2011"),
        ("table1!r1c2", "b"),
        ("p1", "c"),
    ];
    let mut found = cells(&rich);
    found.sort();
    let mut expected: Vec<_> = expected.iter().map(|(at, text)| ((*at).to_owned(), (*text).to_owned())).collect();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(cells(r"{\rtf1\intbl\itap99 deep\nestcell\nestrow").len(), 1);
}

#[test]
fn raised_marks_of_notes_go_and_the_letters_of_an_ordinal_stay() {
    is(r"{\rtf1\ansi\pard GP{\super 1} 1{\super st} May\super 2\nosupersub 0\par}", &[("p1", "GP 1st May0")]);
}

#[test]
fn a_text_box_stands_behind_its_paragraph_and_is_read_once() {
    let shape = |text: &str| {
        format!(
            r"{{\shp{{\*\shpinst\shpleft0{{\sp{{\sn wzName}}{{\sv Shape1}}}}{{\shptxt {text}}}}}{{\shprslt{{\*\do\dobxpage{{\dptxbxtext {text}}}}}}}}}"
        )
    };
    let boxed = shape(r"\pard Child\u8217?s name: Zoe Example\par DOB: 01/02/2011\par");
    is(
        &format!(r"{{\rtf1 before {boxed}after\par next\par}}"),
        &[("p1", "before after"), ("p2", "Child’s name: Zoe Example"), ("p3", "DOB: 01/02/2011"), ("p5", "next")],
    );
    is(
        &format!(r"{{\rtf1\trowd\cellx1000\intbl a {}\cell\row\pard z\par}}", shape("b")),
        &[("table1!r1c1", "a\nb"), ("p1", "z")],
    );
    is(&format!(r"{{\rtf1{{\header {boxed}\par}}{{\deleted {boxed}}}x\par}}"), &[("p1", "x")]);
    is(r"{\rtf1 {\*\do\dobxpage{\dptxbxtext old\par}}x\par}", &[("p1", "x")]);
    is(r"{\rtf1 cut {\shp{\*\shpinst{\shptxt off", &[("p1", "cut"), ("p2", "off")]);
}
