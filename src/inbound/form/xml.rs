//! A small tree of one XML part of a Word document. Built under limits, with the elements that only say how things look
//! left out; depth is bounded, so walking it by recursion is safe.

use super::{Limits, Refused};
use quick_xml::events::{BytesRef, BytesStart, Event};

pub(super) enum Child {
    Node(Node),
    Text(String),
}

pub(super) struct Node {
    /// Local name: prefixes are the writer's choice.
    pub name: Box<str>,
    attributes: Vec<(Box<str>, Box<str>)>,
    pub children: Vec<Child>,
}

impl Node {
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Node(node) => Some(node),
            Child::Text(_) => None,
        })
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.nodes().find(|node| &*node.name == name)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// `w:val` of a child element.
    pub(super) fn val(&self, child: &str) -> Option<&str> {
        self.child(child)?.attribute("val")
    }

    /// An on/off property: present without a value means on.
    pub(super) fn on(&self, child: &str) -> Option<bool> {
        let node = self.child(child)?;
        Some(!matches!(node.attribute("val"), Some("0" | "false" | "off" | "none")))
    }
}

const LOOKS: &[&str] = &[
    "sz",
    "szCs",
    "lang",
    "color",
    "spacing",
    "ind",
    "jc",
    "tabs",
    "shd",
    "tblBorders",
    "tcBorders",
    "pBdr",
    "tblLook",
    "tblW",
    "tcW",
    "tblGrid",
    "sectPr",
    "proofErr",
    "bookmarkStart",
    "bookmarkEnd",
    "lastRenderedPageBreak",
    "bCs",
    "i",
    "iCs",
    "u",
    "kern",
    "numPr",
    "keepNext",
    "keepLines",
    "tblCellMar",
    "tcMar",
    "trHeight",
    "cnfStyle",
    "noProof",
    "tblInd",
    "tblLayout",
    "vAlign",
    "tblStyle",
    "highlight",
    "pPrChange",
    "rPrChange",
    "tblPrChange",
    "tcPrChange",
    "trPrChange",
    "sectPrChange",
    "background",
    "imagedata",
    "instrText",
];

pub(super) fn parse(text: &str, limits: &Limits) -> Result<Node, Refused> {
    let mut reader = quick_xml::Reader::from_str(text);
    let root = Node { name: "".into(), attributes: Vec::new(), children: Vec::new() };
    let mut open = vec![root];
    let (mut nodes, mut skipping) = (0usize, 0usize);
    loop {
        match reader.read_event().map_err(|_| Refused::broken())? {
            Event::Start(start) => {
                if open.len() + skipping > limits.xml_depth {
                    return Err(Refused::limit(format!("XML nested more than {} deep", limits.xml_depth)));
                }
                if skipping > 0 || looks(&start) {
                    skipping += 1;
                } else {
                    nodes += 1;
                    open.push(node(&start));
                }
            }
            Event::Empty(start) if skipping == 0 && !looks(&start) => {
                nodes += 1;
                push(&mut open, Child::Node(node(&start)));
            }
            Event::End(_) if skipping > 0 => skipping -= 1,
            Event::End(_) => {
                let Some(done) = open.pop() else { return Err(Refused::broken()) };
                push(&mut open, Child::Node(done));
            }
            Event::Text(text) if skipping == 0 => push_text(&mut open, &text.xml10_content()),
            Event::CData(text) if skipping == 0 => push_text(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) if skipping == 0 => {
                let resolved = resolved(&reference).ok_or_else(|| Refused::hostile("an entity of its own"))?;
                push_text(&mut open, &resolved);
            }
            Event::DocType(_) => return Err(Refused::hostile("a document type declaration")),
            Event::Eof => break,
            _ => {}
        }
        if nodes > limits.xml_nodes {
            return Err(Refused::limit(format!("more than {} elements", limits.xml_nodes)));
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(Refused::broken()),
    }
}

/// The character that a reference stands for; none for what a document defines for itself.
pub(super) fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(ch)) = reference.resolve_char_ref() {
        return Some(ch.to_string());
    }
    let known = match &*reference.xml10_content() {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    };
    Some(known.to_owned())
}

fn looks(start: &BytesStart<'_>) -> bool {
    LOOKS.contains(&start.local_name().as_ref())
}

fn node(start: &BytesStart<'_>) -> Node {
    let attributes = start
        .attributes()
        .flatten()
        .map(|attribute| {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap_or_default();
            (attribute.key.local_name().as_ref().into(), value.into_owned().into_boxed_str())
        })
        .collect();
    Node { name: start.local_name().as_ref().into(), attributes, children: Vec::new() }
}

fn push(open: &mut [Node], child: Child) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(child);
    }
}

fn push_text(open: &mut [Node], text: &str) {
    if let Some(parent) = open.last_mut() {
        if let Some(Child::Text(last)) = parent.children.last_mut() {
            last.push_str(text);
        } else {
            parent.children.push(Child::Text(text.to_owned()));
        }
    }
}
