//! The values that flow through the program.
//!
//! Promises: no input or output, no serde, no handle of a foreign library. A
//! stage takes one of these values and returns the next; the disk records and
//! the wire formats are converted by hand where they are read and written.

pub mod agent;
pub mod brief;
pub mod change;
pub mod context;
pub mod count;
pub mod dependency;
pub mod digest;
pub mod explore;
pub mod finding;
pub mod ids;
pub mod invocation;
pub mod known;
pub mod lesson;
pub mod money;
pub mod outcome;
pub mod path;
pub mod plan;
pub mod reply;
pub mod report;
pub mod run;
pub mod secret;
pub mod settings;
pub mod severity;
pub mod shown;
pub mod skipped;
pub mod target;
pub mod verdict;

#[cfg(test)]
pub(crate) mod samples;

pub use agent::{Access, AgentDefinition, DefinitionSource};
pub use brief::{Brief, ChunkPosition};
pub use change::{
    Change, CommitInfo, FileChange, FileStatus, Hunk, Language, Line, LineKind, Reader,
};
pub use context::{
    Companion, Context, FileHistory, Guideline, PastLesson, Surrounding, WorkHistory,
};
pub use count::count;
pub use dependency::{DependencyChange, LockFileChange, VersionChange};
pub use explore::{LeftOut, SnapshotNote};
pub use finding::{Finding, Fix, SetAside, Stage, Status, Tier};
pub use ids::{AgentName, FindingId, HunkId, JobId, ObjectId, Perspective, RunId};
pub use invocation::{Invocation, JobLimits};
pub use known::{Decision, DismissKind, KnownFinding};
pub use lesson::Lesson;
pub use money::{Estimate, Price, Spent, Tokens};
pub use outcome::{Deadline, Ending, EndingDetail, Event, Outcome, StopStep};
pub use path::RepoPath;
pub use plan::{Job, Plan, SkippedAgent, Usable};
pub use reply::{Proposal, Reply, Usage};
pub use report::{AgentLine, CoverageReport, NotReviewed, Report, ReportState};
pub use run::{CommandCall, RunPhase, RunRequest, RunState, Trigger};
pub use secret::{MaskedSecret, SecretSpan};
pub use settings::{AgentSettings, Auto, Endpoint, GatePolicy, RepoPolicy, Settings};
pub use severity::Severity;
pub use shown::shown;
pub use skipped::{SkipReason, Skipped};
pub use target::{Target, TargetKind, TargetSpec};
pub use verdict::{Reason, Verdict};
