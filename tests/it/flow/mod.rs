//! Stories: mail goes in, and what comes out is what the rules say.

mod demo;
