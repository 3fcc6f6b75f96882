//! A finding that was checked against the code.

use super::ids::{AgentName, FindingId};
use super::path::RepoPath;
use super::severity::Severity;

/// A checked finding. Text fields still hold untrusted words; an escaper stands before every terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Fingerprint.
    pub id: FindingId,
    /// Whether it counts.
    pub tier: Tier,
    /// Where it stands in its life.
    pub status: Status,
    /// At most 100 characters.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// 0-100, after agreement.
    pub confidence: u8,
    /// CWE id, or a performance or retro class.
    pub category: String,
    /// Agents that reported it, and `offline` where that reviewer did, sorted.
    pub agents: Vec<String>,
    /// The agents (not backends) in whose field it was found, sorted.
    pub fields: Vec<AgentName>,
    /// The file.
    pub path: RepoPath,
    /// First line, corrected, in the new file; in the old one when `on_removed`.
    pub line_start: u32,
    /// Last line.
    pub line_end: u32,
    /// Whether the lines are removed ones.
    pub on_removed: bool,
    /// The code as it stands, secrets masked.
    pub quote: String,
    /// Whether this change introduced it; false: older, shown apart, never blocking.
    pub introduced: bool,
    /// What goes wrong.
    pub scenario: String,
    /// Of a likely finding, the one step of its proof that the reviewer could not see.
    pub not_shown: Option<String>,
    /// Advice.
    pub fix: Option<Fix>,
    /// What the program checked, in words: `quote stands`, `lines corrected from 10 to 14`, ...
    pub checks: Vec<String>,
}

/// How a check begins that says why a finding is folded away in later rounds.
pub const FOLDED: &str = "folded: ";

impl Finding {
    /// Whether it counts for the state, the exit code and the gate: confirmed, introduced here, open.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.tier == Tier::Confirmed && self.introduced && self.status.is_open()
    }

    /// Whether it is shown beside what counts, without holding anything: likely, introduced, open.
    #[must_use]
    pub fn is_likely(&self) -> bool {
        self.tier == Tier::Likely && self.introduced && self.status.is_open()
    }

    /// Whether later rounds fold it away (it still counts).
    #[must_use]
    pub fn is_folded(&self) -> bool {
        self.checks.iter().any(|c| c.starts_with(FOLDED))
    }
}

/// Advice, and perhaps the very text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Words.
    pub advice: String,
    /// Replacement for the quoted lines.
    pub replacement: Option<String>,
}

/// Whether a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// Quote stands, introduced, confidence at least 75.
    Confirmed,
    /// Quote stands, introduced, an agent gave it confidence 50 and a concrete scenario (at least
    /// ten words, no advice, at most one guess), and at most one step of it lies outside of what
    /// was shown. Where the agent does not name that step, the scenario has to hold a value or a
    /// name of the quoted code. A rule's candidate is never likely.
    Likely,
    /// Folded and counted.
    Maybe,
}

impl Tier {
    /// The word in the JSON report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Likely => "likely",
            Self::Maybe => "maybe",
        }
    }
}

/// A finding's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Stands.
    Open,
    /// Gone.
    Fixed,
    /// A person dismissed it.
    Dismissed,
    /// Was fixed, is back.
    Regressed,
}

impl Status {
    /// The word in the JSON report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fixed => "fixed",
            Self::Dismissed => "dismissed",
            Self::Regressed => "regressed",
        }
    }

    /// Whether it still needs something done.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Regressed)
    }
}

/// A proposal that does not count, with the stage that set it aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its title, as proposed.
    pub title: String,
    /// Who proposed it.
    pub agent: String,
    /// Where it fell.
    pub stage: Stage,
    /// Why.
    pub why: String,
}

/// Stages of checking, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The entry could not be read.
    Decode,
    /// Path or quote not in the change.
    Locate,
    /// Merged into another finding.
    Merge,
}

impl Stage {
    /// The word in the JSON report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Locate => "locate",
            Self::Merge => "merge",
        }
    }
}
