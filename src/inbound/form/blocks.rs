//! What Word-like formats are read into first: paragraphs and tables within tables. One adapter brings them into the
//! common model, so that a form reads alike whichever of them it is in.

use super::model::{Cell, Document, Layout, Row, Scalar, tidy};

/// A paragraph, or a table whose cells hold blocks again.
pub(super) enum Block {
    Paragraph(String),
    /// A paragraph set as a heading, or all in bold letters.
    Heading(String),
    Table(Vec<Vec<TableCell>>),
}

/// A cell that is shown; cells covered by another are left out.
pub(super) struct TableCell {
    /// Column, from 0.
    pub col: u32,
    /// Columns covered, at least 1.
    pub col_span: u32,
    /// Rows covered, at least 1.
    pub row_span: u32,
    pub blocks: Vec<Block>,
}

/// All text of some blocks, cells parted by spaces and rows by line breaks.
pub(super) fn flat(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading(text) => out.push_str(text),
            Block::Table(rows) => {
                for cell in rows.iter().flat_map(|row| row.iter()) {
                    out.push_str(&flat(&cell.blocks).replace('\n', " "));
                    out.push_str("  ");
                }
            }
        }
        out.push('\n');
    }
    tidy(&out)
}

/// What a table of one cell holds, where several tables stand in it: a frame around a whole form, and no answer of one.
fn unframed(block: Block) -> Vec<Block> {
    let is_table = |block: &&Block| matches!(block, Block::Table(_));
    match block {
        Block::Table(mut rows) if rows.len() == 1 => match rows.pop().unwrap_or_default() {
            mut row if row.len() == 1 && row.iter().flat_map(|cell| &cell.blocks).filter(is_table).count() > 1 => {
                row.pop().map(|cell| cell.blocks).unwrap_or_default()
            }
            row => vec![Block::Table(vec![row])],
        },
        block => vec![block],
    }
}

/// Fills the common model from the blocks.
#[derive(Default)]
pub(super) struct Adapter {
    pub document: Document,
    grids: u32,
    tables: u32,
    paragraphs: u32,
}

impl Block {
    pub(super) fn paragraph(text: String, strong: bool) -> Self {
        if strong { Self::Heading(text) } else { Self::Paragraph(text) }
    }
}

impl Adapter {
    pub(super) fn body(&mut self, blocks: Vec<Block>) {
        let mut flow = None;
        for block in blocks.into_iter().flat_map(unframed) {
            match block {
                Block::Paragraph(_) | Block::Heading(_) => {
                    self.paragraphs += 1;
                    let grid = *flow.get_or_insert_with(|| {
                        self.grids += 1;
                        self.grids
                    });
                    self.paragraph(grid, &block);
                }
                Block::Table(rows) => {
                    flow = None;
                    self.tables += 1;
                    self.table(rows, &format!("table{}", self.tables));
                }
            }
        }
    }

    /// A paragraph is a row; its tabs part it into cells, its line breaks into rows.
    fn paragraph(&mut self, grid: u32, block: &Block) {
        let (Block::Paragraph(text) | Block::Heading(text)) = block else { return };
        let strong = matches!(block, Block::Heading(_));
        for line in text.split('\n') {
            let index = u32::try_from(self.document.rows.len()).unwrap_or(u32::MAX);
            let cells =
                (0u32..).zip(line.split('\t').map(tidy).filter(|piece| !piece.is_empty())).map(|(col, text)| Cell {
                    at: format!("p{}", self.paragraphs),
                    col,
                    col_span: 1,
                    row_span: 1,
                    text,
                    nested: String::new(),
                    scalar: Scalar::Text,
                });
            let row = Row { grid, sheet: 0, layout: Layout::Flow, index, cells: cells.collect(), strong };
            if !row.cells.is_empty() {
                self.document.rows.push(row);
            }
        }
    }

    fn table(&mut self, rows: Vec<Vec<TableCell>>, name: &str) {
        self.grids += 1;
        let grid = self.grids;
        let mut nested_tables = 0u32;
        for (index, cells) in (0u32..).zip(rows) {
            let mut row = Row { grid, sheet: 0, layout: Layout::Table, index, cells: Vec::new(), strong: false };
            let mut inner = Vec::new();
            for cell in cells {
                let mut text = String::new();
                let mut nested = Vec::new();
                for block in cell.blocks {
                    match block {
                        Block::Paragraph(line) | Block::Heading(line) => {
                            text.push_str(&line);
                            text.push('\n');
                        }
                        table @ Block::Table(_) => nested.push(table),
                    }
                }
                row.cells.push(Cell {
                    at: format!("{name}!r{}c{}", index + 1, cell.col + 1),
                    col: cell.col,
                    col_span: cell.col_span,
                    row_span: cell.row_span,
                    text: tidy(&text),
                    nested: flat(&nested),
                    scalar: Scalar::Text,
                });
                inner.extend(nested);
            }
            self.document.rows.push(row);
            for block in inner {
                if let Block::Table(rows) = block {
                    nested_tables += 1;
                    self.table(rows, &format!("{name}.{nested_tables}"));
                }
            }
        }
    }
}
