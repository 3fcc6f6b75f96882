//! What can go wrong in detection.

use thiserror::Error;

/// Detection failed: nothing may be sent. Never holds text that was scanned.
#[derive(Debug, Error)]
pub enum DetectorError {
    /// The automaton over all keywords could not be built.
    #[error("building the keyword search for secrets")]
    Keywords(#[source] aho_corasick::BuildError),
    /// A rule's pattern could not be compiled.
    #[error("compiling the pattern of secret rule `{rule}`")]
    Pattern {
        /// The rule's name.
        rule: &'static str,
        /// The compiler's words, about the pattern.
        #[source]
        source: Box<regex::Error>,
    },
    /// The keyword search refused the text.
    #[error("searching a text for secrets")]
    Search(#[source] aho_corasick::MatchError),
    /// The search for the values found could not be built.
    #[error("building the search for {count} found secrets")]
    Values {
        /// How many values there were.
        count: usize,
        /// The builder's words, about sizes.
        #[source]
        source: aho_corasick::BuildError,
    },
}
