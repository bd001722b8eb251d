//! Stories: mail goes in, and what comes out is what the rules say. Each is a sentence and names its rule.

mod demo;
mod on_time;
