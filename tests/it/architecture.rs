//! The import table of the design, read from the source and enforced: who may name whose modules, where SQL may stand,
//! and what the pure parts must not touch. A failure names file, line and rule.

use std::fs;
use std::path::{Path, PathBuf};

/// Part, what it may import of ours, and why. A path with `::` allows that submodule only. `*` allows everything.
const IMPORTS: &[(&str, &[&str], &str)] = &[
    ("casework", &[], "the core imports nothing of ours"),
    ("clock", &[], "the clock imports nothing of ours"),
    ("telemetry", &[], "telemetry imports nothing of ours: it must not be able to render a noun"),
    ("tls", &[], "whom to trust on the network is said once, for inbound and outbound, and needs nothing of ours"),
    (
        "oauth",
        &["casework", "tls", "clock"],
        "a token is got and kept in one place, for inbound and outbound; it is good by the clock, and its request bears an id",
    ),
    ("inbound", &["casework", "tls", "oauth"], "inbound imports casework, tls and oauth only, never outbound"),
    ("outbound", &["casework", "tls", "oauth"], "outbound imports casework, tls and oauth only, never inbound"),
    ("seal", &["casework", "clock"], "seal needs nouns to name what it seals, and chance for keys and nonces"),
    (
        "store",
        &["casework", "inbound", "outbound", "seal", "clock"],
        "store keeps the types of the three parts, sealed",
    ),
    (
        "daemon",
        &["store", "seal", "inbound", "outbound", "oauth", "casework", "clock", "telemetry"],
        "daemon drives the parts; it is handed its settings and never reads configuration or rehearses",
    ),
    (
        "rehearsal",
        &["daemon", "clock", "casework", "store", "inbound", "outbound"],
        "rehearsal drives the daemon on a manual clock and reads what it kept and sent; it is handed its settings",
    ),
    ("console", &["store", "casework", "outbound::compose", "clock"], "the console shows and composes, no more"),
    (
        "config",
        &["casework", "inbound", "outbound", "oauth", "seal", "store", "daemon", "telemetry"],
        "config assembles the settings each part defines",
    ),
    ("cli", &["*"], "the command line puts the parts together"),
    ("main", &["cli"], "main hands over to cli"),
    ("lib", &[], "the crate root declares the parts and uses none"),
];

/// Code that is pure by design: no waiting, no files, no network, no clock, no SQL.
const PURE: &[&str] =
    &["casework/", "inbound/unpack/", "outbound/compose/", "outbound/invite.rs", "outbound/outbox.rs"];

/// What pure code must not name, as consecutive tokens.
const IMPURE: &[&[&str]] = &[
    &["async", "fn"],
    &["tokio"],
    &["sqlx"],
    &["std", "::", "fs"],
    &["std", "::", "net"],
    &["std", "::", "process"],
    &["std", "::", "env"],
    &["getrandom"],
];

#[derive(Clone, Debug, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

/// Words, `::` and single marks; comments, strings and character literals are left out.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut out, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let start = i;
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if let Some(end) = raw_string(&chars, i) {
            i = end;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if c.is_alphanumeric() || c == '_' {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            out.push(Token { text: chars[start..i].iter().collect(), line });
        } else if c == ':' && at(i + 1) == ':' {
            i += 2;
            out.push(Token { text: "::".to_owned(), line });
        } else {
            i += 1;
            if !c.is_whitespace() {
                out.push(Token { text: c.to_string(), line });
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    out
}

/// Where a raw string (`r"…"`, `br#"…"#`) that begins here ends.
fn raw_string(chars: &[char], start: usize) -> Option<usize> {
    let before = start.checked_sub(1).and_then(|i| chars.get(i));
    if before.is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        return None;
    }
    let mut i = start + usize::from(chars.get(start) == Some(&'b'));
    if chars.get(i) != Some(&'r') {
        return None;
    }
    i += 1;
    let hashes = chars.iter().skip(i).take_while(|c| **c == '#').count();
    i += hashes;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let rest = chars.get(i + 1..)?;
    let length = rest.windows(end.len()).position(|window| window == end)?;
    Some(i + 1 + length + end.len())
}

/// A part of ours that the source names, e.g. `outbound::compose`.
#[derive(Debug, PartialEq)]
struct Import {
    path: String,
    line: usize,
    in_test: bool,
}

/// Everything of ours a file names. `module` is the file's own module path, e.g. `["inbound", "unpack"]`.
fn imports(source: &str, module: &[String]) -> Vec<Import> {
    let tokens = tokens(source);
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text.as_str());
    let is_test_file = module.last().is_some_and(|name| name == "tests");
    // For every open brace: does it open an inline module, and one for tests?
    let mut open: Vec<(bool, bool)> = Vec::new();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        match text(i) {
            "{" => {
                let is_module = i >= 2 && text(i - 2) == "mod";
                open.push((is_module, is_module && text(i - 1).ends_with("tests")));
            }
            "}" => {
                open.pop();
            }
            // The library's own name is how main.rs speaks of the crate.
            "crate" | "dutyclerk" if text(i + 1) == "::" => {
                let in_test = is_test_file || open.iter().any(|(_, test)| *test);
                i = named(&tokens, i + 2, in_test, &mut out);
                continue;
            }
            "super" if text(i + 1) == "::" && (i < 2 || text(i - 2) != "super") => {
                let mut supers = 0;
                while text(i) == "super" && text(i + 1) == "::" {
                    supers += 1;
                    i += 2;
                }
                let depth = module.len() + open.iter().filter(|(module, _)| *module).count();
                if supers >= depth && !module.is_empty() {
                    let in_test = is_test_file || open.iter().any(|(_, test)| *test);
                    i = named(&tokens, i, in_test, &mut out);
                }
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    out
}

/// Collects what follows `crate::`: one path, or the first two segments of each path of a group.
fn named(tokens: &[Token], start: usize, in_test: bool, out: &mut Vec<Import>) -> usize {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text.as_str());
    let mut add = |i: usize| {
        let second = if text(i + 1) == "::" { format!("::{}", text(i + 2)) } else { String::new() };
        let line = tokens.get(i).map_or(0, |token| token.line);
        out.push(Import { path: format!("{}{second}", text(i)), line, in_test });
    };
    if text(start) != "{" {
        add(start);
        return start + 1;
    }
    let (mut depth, mut i) = (1, start + 1);
    add(i);
    while depth > 0 && i < tokens.len() {
        match text(i) {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 && text(i + 1) != "}" => add(i + 1),
            _ => {}
        }
        i += 1;
    }
    i
}

/// The module path of a file below `src/`.
fn module_of(file: &str) -> Vec<String> {
    let mut path: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|name| name == "mod") {
        path.pop();
    }
    path
}

/// What is wrong with one file, a line each: `src/<file>:<line>: <rule>`.
fn violations(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    let part = module.first().map_or("", String::as_str);
    let Some((_, allowed, why)) = IMPORTS.iter().find(|(name, ..)| *name == part) else {
        return vec![format!(
            "src/{file}:1: `{part}` is not a part of the design: add it to the table with its reason"
        )];
    };
    let mut wrong = Vec::new();
    for import in imports(source, if part == "lib" || part == "main" { &[] } else { &module }) {
        let named = import.path.split("::").next().unwrap_or_default();
        let known = IMPORTS.iter().any(|(name, ..)| *name == named);
        let fine = allowed.iter().any(|allow| match allow.split_once("::") {
            Some(_) => import.path == *allow,
            None => *allow == "*" || *allow == named,
        });
        // Tests of any part may seed chance and stand a clock still.
        if known && named != part && !fine && !(import.in_test && named == "clock") {
            wrong.push(format!("src/{file}:{}: {part} must not import {}: {why}", import.line, import.path));
        }
    }
    let tokens = tokens(source);
    let says = |i: usize, words: &[&str]| {
        words.iter().enumerate().all(|(n, word)| tokens.get(i + n).is_some_and(|token| token.text == *word))
    };
    for (i, token) in tokens.iter().enumerate() {
        if token.text == "sqlx" && part != "store" {
            wrong.push(format!("src/{file}:{}: SQL (`sqlx`) stands in src/store/ only", token.line));
        }
        // A part's own tests may write what they made for a person to look at.
        let is_tests = module.last().is_some_and(|name| name == "tests" || name.ends_with("_tests"));
        if !is_tests && PURE.iter().any(|pure| file.starts_with(pure)) {
            for words in IMPURE.iter().filter(|words| says(i, words) && **words != ["sqlx"]) {
                wrong.push(format!("src/{file}:{}: this part is pure, `{}` is not", token.line, words.concat()));
            }
        }
    }
    wrong
}

fn sources(dir: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
}

#[test]
fn the_source_keeps_to_the_import_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    files.sort();
    assert!(files.len() > 20, "the source was not found");
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|path| {
            let file = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
            violations(&file, &fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_table_can_be_broken() {
    let one = |file: &str, source: &str, expected: &str| {
        let found = violations(file, source);
        assert!(found.len() == 1 && found[0].contains(expected), "{file}: {source}\n{found:?}");
    };
    one(
        "casework/identify.rs",
        "//! Doc.\n\nuse crate::store::Store;\n",
        "src/casework/identify.rs:3: casework must not import store::Store",
    );
    one(
        "inbound/unpack/mod.rs",
        "fn f() { crate::outbound::compose::freeze() }",
        "inbound must not import outbound::compose",
    );
    one(
        "outbound/invite.rs",
        "use crate::{\n    casework::Address,\n    inbound::form,\n};",
        "src/outbound/invite.rs:3: outbound must not import inbound",
    );
    one("outbound/compose/mod.rs", "use super::super::inbound::Parcel;", "must not import inbound::Parcel");
    one("store/mod.rs", "use super::daemon;", "store must not import daemon");
    one("seal.rs", "mod inner { use super::super::store; }", "seal must not import store");
    one("daemon/duty.rs", "use crate::config::Settings;", "daemon must not import config");
    one("rehearsal/mod.rs", "use crate::{config::Settings};", "rehearsal must not import config");
    one("console/mod.rs", "use crate::outbound::submission;", "console must not import outbound::submission");
    one("clock.rs", "use crate::casework::Address;", "clock must not import casework");
    one("main.rs", "fn main() { dutyclerk::daemon::run() }", "main must not import daemon");
    one("helpers/mod.rs", "", "`helpers` is not a part of the design");
    one("daemon/receive.rs", "\nsqlx::query(\"SELECT 1\")", "src/daemon/receive.rs:2: SQL");
    one("casework/rules/mod.rs", "async fn late() {}", "`asyncfn` is not");
    one("casework/agenda.rs", "use std::fs;", "`std::fs` is not");
    one("outbound/outbox.rs", "use tokio::time;", "`tokio` is not");
    one("inbound/mailbox/tests.rs", "use crate::store::Store;", "inbound must not import store");
}

#[test]
fn what_is_allowed_is_not_reported() {
    for (file, source) in [
        ("casework/agenda.rs", "use super::{Address, panel::Profile};\nuse crate::casework::CaseRef;"),
        ("casework/nouns/ids.rs", "use super::super::panel; pub(crate) struct A; // crate::store\n"),
        ("casework/identify.rs", "/* crate::store /* nested */ std::fs */ const A: &str = \"crate::store\";"),
        (
            "casework/identify.rs",
            "const A: &str = r#\"use \"crate::store\"; tokio\"#; const B: char = '\"'; fn f<'a>(a: &'a str) {}",
        ),
        ("inbound/mod.rs", "//! [`Reading`](crate::casework::Reading)\nuse crate::casework::{Address, Reading};"),
        ("inbound/form/mod.rs", "mod tests { use super::*; use crate::clock::Chance; }"),
        ("outbound/submission/mod.rs", "async fn send() { tokio::time::sleep(d).await }"),
        ("store/outbox.rs", "use crate::outbound::outbox::State; sqlx::query(\"\");"),
        ("console/mod.rs", "use crate::outbound::compose::preview;"),
        ("cli/demo.rs", "use crate::{config, rehearsal::corpus, daemon};"),
        ("lib.rs", "pub mod casework;\npub mod store;"),
        ("main.rs", "fn main() { dutyclerk::cli::main() }"),
    ] {
        assert_eq!(violations(file, source), Vec::<String>::new(), "{file}: {source}");
    }
}

#[test]
fn nothing_foreign_is_linked() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let values =
        |key: &'static str| lock.lines().filter_map(move |line| line.strip_prefix(key)).map(|v| v.trim_matches('"'));
    for name in values("name = ") {
        // openssl-probe is no OpenSSL: it looks up where the system keeps its certificates.
        let foreign = name != "openssl-probe"
            && ["openssl", "native-tls", "aws-lc"].iter().any(|prefix| name.starts_with(prefix));
        assert!(!foreign, "{name} is in Cargo.lock: TLS is rustls with ring");
    }
    let other: Vec<&str> = values("source = ")
        .filter(|source| *source != "registry+https://github.com/rust-lang/crates.io-index")
        .collect();
    assert!(other.is_empty(), "dependencies come from crates.io only: {other:?}");
}
