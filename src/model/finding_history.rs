//! What the store remembers of a finding.

use super::finding::{Status, Tier};
use super::ids::{AgentName, FindingId, ObjectId, RunId};
use super::severity::Severity;

/// A finding as remembered between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRecord {
    /// Fingerprint.
    pub id: FindingId,
    /// Its life so far.
    pub status: Status,
    /// Title when last seen.
    pub title: String,
    /// Whether it counted when last seen.
    pub tier: Tier,
    /// Severity when last seen.
    pub severity: Severity,
    /// Path text when last seen.
    pub file: String,
    /// Line when last seen.
    pub line: u32,
    /// Quote when last seen, secrets masked; by it a later run can tell that the code is gone.
    pub quote: String,
    /// The agents in whose field it was found.
    pub fields: Vec<AgentName>,
    /// The run that saw it first.
    pub first_run: RunId,
    /// The run that saw it last.
    pub last_run: RunId,
    /// The commit that repaired it.
    pub fixed_by: Option<ObjectId>,
    /// A person's decision.
    pub decision: Option<Decision>,
    /// In how many runs on the branch it was seen.
    pub rounds: u32,
}

/// A person's decision on a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What kind.
    pub kind: DismissKind,
    /// Why.
    pub reason: String,
    /// `Name <mail>` from git config.
    pub who: String,
    /// Seconds since the epoch.
    pub when: i64,
}

/// Why a finding is dismissed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DismissKind {
    /// Not true.
    FalsePositive,
    /// True, and accepted.
    Accepted,
    /// True, and will not be fixed.
    WontFix,
}

impl DismissKind {
    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false-positive",
            Self::Accepted => "accepted",
            Self::WontFix => "wont-fix",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "false-positive" => Some(Self::FalsePositive),
            "accepted" => Some(Self::Accepted),
            "wont-fix" => Some(Self::WontFix),
            _ => None,
        }
    }
}
