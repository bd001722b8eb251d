//! Runs the built program in a folder of its own.

use std::path::Path;
use std::process::{Command, Output};

/// The shipped configuration folder.
pub(crate) fn shipped() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"))
}

/// A copy of the shipped configuration, to be changed; its state and mailboxes are inside it.
pub(crate) fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let main = std::fs::read_to_string(shipped().join("dutyclerk.toml")).unwrap().replace("\"../", "\"");
    std::fs::write(folder.path().join("dutyclerk.toml"), main).unwrap();
    std::fs::copy(shipped().join("directory.csv"), folder.path().join("directory.csv")).unwrap();
    folder
}

/// Replaces a text in a file; it must be there.
pub(crate) fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} is not in {}", file.display());
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Runs `dutyclerk --config FOLDER …`.
pub(crate) fn dutyclerk(config: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
        .arg("--config")
        .arg(config)
        .args(arguments)
        .env_remove("DUTYCLERK_LOG")
        .output()
        .unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Standard output as JSON lines.
pub(crate) fn json(output: &Output) -> Vec<serde_json::Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
