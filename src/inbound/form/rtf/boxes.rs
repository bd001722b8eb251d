//! Text boxes: paragraphs of their own, written in the midst of the paragraph they are anchored in. They stand behind it.

use super::{Block, Goes, Page, Table};

/// Boxes within boxes deeper than this are not read.
const BOXES: usize = 4;

/// What is at hand outside a text box.
pub(super) struct Outside {
    blocks: Vec<Block>,
    tables: Vec<Table>,
    line: String,
    depth: usize,
    is_heading: bool,
    in_bold: usize,
    in_plain: usize,
}

impl Page<'_> {
    /// A shape begins; what old programs are to show in its place says the same again.
    pub(super) fn begin_shape(&mut self) {
        self.group.in_shape = self.group.goes == Goes::Body;
        self.group.goes = Goes::Nowhere;
    }

    pub(super) fn begin_box(&mut self) {
        if !std::mem::take(&mut self.group.in_shape) || self.outside.len() >= BOXES {
            return;
        }
        (self.group.goes, self.group.is_box) = (Goes::Body, true);
        let outside = Outside {
            blocks: std::mem::take(&mut self.blocks),
            tables: std::mem::take(&mut self.tables),
            line: std::mem::take(&mut self.line),
            depth: std::mem::take(&mut self.depth),
            is_heading: std::mem::take(&mut self.is_heading),
            in_bold: std::mem::take(&mut self.in_bold),
            in_plain: std::mem::take(&mut self.in_plain),
        };
        self.outside.push(outside);
    }

    pub(super) fn end_box(&mut self) {
        let Some(outside) = self.outside.pop() else { return };
        self.end_line();
        self.end_tables(0);
        let Outside { blocks, tables, line, depth, is_heading, in_bold, in_plain } = outside;
        self.boxed.extend(std::mem::replace(&mut self.blocks, blocks));
        (self.tables, self.line, self.depth, self.is_heading) = (tables, line, depth, is_heading);
        (self.in_bold, self.in_plain) = (in_bold, in_plain);
    }
}
