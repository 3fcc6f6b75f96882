//! What an agent said, decoded, not yet believed.

use super::finding::Fix;
use super::ids::HunkId;
use super::lesson::Lesson;
use super::severity::Severity;

/// A decoded reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// Proposed findings, capped in number and length.
    pub proposals: Vec<Proposal>,
    /// Hunks the agent says it read.
    pub coverage: Vec<HunkId>,
    /// Lessons it proposes.
    pub lessons: Vec<Lesson>,
    /// Entries of the reply that could not be read: what and why.
    pub rejected: Vec<(String, String)>,
    /// What it cost.
    pub usage: Usage,
    /// Limits of this reply that people should know, such as
    /// `src/a.rb: general checks only`.
    pub notes: Vec<String>,
}

/// A proposed finding. All text is untrusted.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// At most 100 characters.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// 0, 25, 50, 75 or 100.
    pub confidence: u8,
    /// CWE id, or a performance or retro class.
    pub category: String,
    /// Path as the agent wrote it.
    pub file: String,
    /// First line in the new file (old file for removed lines), from 1; 0: not given.
    pub line_start: u32,
    /// Last line.
    pub line_end: u32,
    /// Verbatim code.
    pub quote: String,
    /// Concrete input or state, and what goes wrong.
    pub scenario: String,
    /// Advice.
    pub fix: Option<Fix>,
}

/// What a reply cost. `None`: the program did not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Model that answered.
    pub model: Option<String>,
    /// Tokens in, cached ones included.
    pub tokens_in: Option<u64>,
    /// Of these, read from the provider's cache.
    pub tokens_cached: Option<u64>,
    /// Tokens out.
    pub tokens_out: Option<u64>,
    /// Money, in US dollars.
    pub cost: Option<f64>,
}
