//! The 300 hostile strings in the log: each event stays in its line, in either shape.

use crate::outbound::compose::tests::refusals::hostile;
use crate::telemetry::{OneLine, Shape};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_can_be_injected_into_the_log() {
    let strings = hostile();
    for shape in [Shape::Human, Shape::Json] {
        let kept = Kept::default();
        let to = kept.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || OneLine(to.clone()));
        let log: Box<dyn tracing::Subscriber + Send + Sync> = match shape {
            Shape::Human => Box::new(log.with_target(false).compact().finish()),
            Shape::Json => Box::new(log.json().flatten_event(true).finish()),
        };
        tracing::subscriber::with_default(log, || {
            for text in &strings {
                tracing::warn!(mailbox.id = text.as_str(), error = %text, "said: {text}");
            }
        });
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
        let lines: Vec<&str> = written.split_terminator('\n').collect();
        assert_eq!(lines.len(), strings.len(), "one line an event");
        for line in lines {
            assert!(line.starts_with(if shape == Shape::Human { "20" } else { "{" }), "{line:?}");
            assert!(!line.contains(ends), "{line:?}");
            assert!(shape == Shape::Human || serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line:?}");
        }
    }
}
