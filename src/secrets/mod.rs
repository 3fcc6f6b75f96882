//! Secrets: where they stand in a text, and the same text without them.
//!
//! Promises: no secret value ever appears in an error, a `Debug` output or a
//! [`SecretSpan`](crate::model::SecretSpan); masking keeps the number of lines;
//! the same value gets the same number wherever it stands in what one
//! [`Masker`] masks; arbitrary bytes never panic. Text is scanned without diff
//! markers. Texts in another encoding are decoded before they come here.
//! Left to others: what a hit means for a review (`offline`), and refusing to
//! send anything when this stage fails (`review`).
//!
//! Chosen: rules of our own, written from the token formats that vendors
//! document, on `regex` (bytes, no Unicode tables) behind one keyword
//! automaton. Rejected: `nosecrets-core` 0.3.9. It reads files from disk only,
//! reports line and column but no end of the secret, so nothing can be masked
//! with it, skips a line whose own comment asks for that, and in a directory of
//! published examples it found 197 of 430 (118 by its 50 rules, the rest by
//! entropy alone) with 35 of 143 counter-examples reported; on a second set
//! 1045 of 1617 (188 by rules) and 50 of 309. Figures for the rules here are in
//! `rules/mod.rs`.

mod by_name;
mod company;
mod detector;
mod encoded;
mod error;
mod joined;
mod judge;
mod key_block;
mod kubernetes;
mod lines;
mod masker;
mod name;
mod outside;
mod overlaps;
mod plausibility;
mod rule;
mod rules;
mod seen;
mod site;
mod whole;

#[cfg(test)]
mod tests;

pub use detector::Detector;
pub use error::DetectorError;
pub(crate) use masker::Masker;
pub(crate) use outside::Stray;
