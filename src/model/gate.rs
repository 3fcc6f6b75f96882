//! The gate's decision.

use super::ids::FindingId;

/// Whether a push is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The policy's word: `off`, `warn`, or a severity.
    pub gate: String,
    /// Whether a push would be held.
    pub held: bool,
    /// Why, one entry each.
    pub why: Vec<Reason>,
}

/// One reason of a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A confirmed, introduced, open finding at or above the bar.
    Finding(FindingId),
    /// Something was not reviewed and the settings hold for that.
    NotReviewed(String),
}
