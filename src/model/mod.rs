//! The values that flow through the program.
//!
//! Promises: no input or output, no serde, no handle of a foreign library. A
//! stage takes one of these values and returns the next; the disk records and
//! the wire formats are converted by hand where they are read and written.

pub mod agent;
pub mod change;
pub mod context;
pub mod cost;
pub mod dependency;
pub mod digest;
pub mod finding;
pub mod finding_history;
pub mod gate;
pub mod ids;
pub mod invocation;
pub mod lesson;
pub mod outcome;
pub mod path;
pub mod plan;
pub mod prompt;
pub mod reply;
pub mod report;
pub mod run;
pub mod secret;
pub mod settings;
pub mod severity;
pub mod skipped;
pub mod snapshot;
pub mod target;

#[cfg(test)]
pub(crate) mod samples;

pub use agent::{Access, AgentDefinition, DefinitionSource, is_model_name};
pub use change::{
    Change, CommitInfo, FileChange, FileStatus, Hunk, Language, Line, LineKind, Reader,
};
pub use context::{
    Companion, Context, FileHistory, Guideline, PastLesson, Surrounding, WorkHistory,
};
pub use prompt::{ChunkPosition, Prompt};

pub use cost::{Estimate, Price, Spending, Tokens};
pub use dependency::{DependencyChange, LockFileChange, VersionChange};
pub use finding::{Finding, Fix, SetAside, Stage, Status, Tier};
pub use finding_history::{Decision, DismissKind, FindingRecord};
pub use ids::{AgentName, FindingId, HunkId, JobId, ObjectId, Perspective, RunId};
pub use invocation::{Invocation, JobLimits};
pub use lesson::Lesson;
pub use outcome::{Deadline, Ending, EndingDetail, Event, Outcome, StopStep};
pub use path::{PlaceWithoutFile, RepoPath};
pub use plan::{AgentSkip, BackendCandidate, Job, Plan};
pub use reply::{Proposal, Reply, Usage};
pub use report::{
    AgentLine, AskedOptions, CoverageReport, NotReviewed, Nothing, Report, ReportState,
};
pub use run::{CommandCall, RunRecord, RunRequest, RunState, Trigger};
pub use secret::{MaskedSecret, SecretSpan};
pub use settings::{AgentSettings, Auto, Endpoint, GatePolicy, RepoPolicy, Settings};
pub use severity::Severity;
pub use snapshot::{LeftOut, SnapshotNote};

pub use gate::{Reason, Verdict};
pub use skipped::{SkipReason, Skipped};
pub use target::{Target, TargetKind, TargetSpec};
