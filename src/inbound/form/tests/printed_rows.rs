//! Rows, lists and boxes on a page: what goes on, what stands beside what, and what is left in doubt.

use super::printed::{drawn_on, page};
use super::*;

#[test]
fn a_box_that_a_browser_fills_and_ticks_is_ticked() {
    let typed = |tick: &str| {
        let texts = [(50, 700, "Type of assessment"), (66, 680, "Initial"), (66, 660, "Review")];
        // The one is filled, with its tick on it; the other is drawn.
        let drawn = format!("50 679 10 10 re f {tick} 50 659 10 10 re S\n");
        text(&read(&drawn_on(&[page(&texts, &[])], &drawn)), FieldId::AssessmentType)
    };
    assert_eq!(typed("52 684 m 54 681.5 l 58 687 l S").as_deref(), Some("initial"));
    assert_eq!(typed(""), None, "a square of colour alone is no box");
    assert_eq!(typed("51 680 m 54 684 l 57 680 l 59 684 l 54 688 l S"), None, "nor is a picture");
}
