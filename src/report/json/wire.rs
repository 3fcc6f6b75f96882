//! The shape on the wire. Words of closed sets are strings here, so that a word
//! of a later version costs its entry and not the report; the schema lists them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A `git agents` report.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(title = "git agents report")]
pub(super) struct Wire {
    /// Version of this format.
    pub(super) version: u32,
    /// The run's id, a UUID.
    pub(super) run: String,
    /// `incomplete` where anything was not reviewed.
    #[schemars(with = "StateWord")]
    pub(super) state: String,
    pub(super) target: Target,
    /// Checked findings, ranked.
    pub(super) findings: Vec<Finding>,
    /// Proposals that do not count.
    #[serde(default)]
    pub(super) set_aside: Vec<SetAside>,
    /// Lessons proposed for `docs/solutions`.
    #[serde(default)]
    pub(super) lessons: Vec<Lesson>,
    /// One entry for each job.
    pub(super) agents: Vec<Agent>,
    pub(super) coverage: Coverage,
    /// Secrets masked before any prompt.
    #[serde(default)]
    pub(super) redacted: u64,
    pub(super) verdict: Verdict,
    /// Lock files as dependency changes.
    #[serde(default)]
    pub(super) lock_files: Vec<LockFile>,
    /// Notes for people.
    #[serde(default)]
    pub(super) notes: Vec<String>,
    /// Milliseconds from the first job's start to the last one's end.
    #[serde(default)]
    pub(super) elapsed_ms: u64,
    /// Seconds since the epoch.
    #[serde(default)]
    pub(super) made_at: i64,
    pub(super) reader: Reader,
    /// What was asked for beside the target.
    #[serde(default)]
    pub(super) asked: Asked,
}

/// The options of the command that asked for the review; a hook gives none.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Asked {
    /// Null: by settings.
    pub(super) backend: Option<String>,
    /// Empty: those of the settings.
    pub(super) agents: Vec<String>,
    /// A severity; null: by settings.
    pub(super) fail_on: Option<String>,
    /// A slash command's name and its arguments; empty: none.
    pub(super) command: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Target {
    #[schemars(with = "TargetWord")]
    pub(super) kind: String,
    /// Object id; null: the empty tree.
    pub(super) base: Option<String>,
    /// Object id; null: uncommitted work.
    pub(super) head: Option<String>,
    pub(super) subject: String,
    /// Short branch name; null when detached.
    #[serde(default)]
    pub(super) branch: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Finding {
    /// Fingerprint: the same for the same finding across amend, rebase and moved lines.
    pub(super) id: String,
    #[schemars(with = "TierWord")]
    pub(super) tier: String,
    #[schemars(with = "StatusWord")]
    pub(super) status: String,
    pub(super) title: String,
    #[schemars(with = "SeverityWord")]
    pub(super) severity: String,
    /// 0 to 100.
    pub(super) confidence: u8,
    /// CWE id, or a performance or retro class.
    pub(super) category: String,
    /// Who reported it.
    pub(super) agents: Vec<String>,
    /// Agents in whose field it was found.
    #[serde(default)]
    pub(super) fields: Vec<String>,
    /// Path in the repository; lossy where it is not UTF-8, and then `file_hex` holds its bytes.
    pub(super) file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file_hex: Option<String>,
    pub(super) line_start: u32,
    pub(super) line_end: u32,
    /// Whether the lines are those of the file before the change.
    #[serde(default)]
    pub(super) on_removed: bool,
    /// The code as it stands, secrets masked.
    pub(super) quote: String,
    /// Whether this change introduced it.
    pub(super) introduced: bool,
    pub(super) scenario: String,
    /// Of a likely finding, the one step of its proof that the reviewer could not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_shown: Option<String>,
    pub(super) fix: Option<Fix>,
    /// What the program checked, in words.
    pub(super) checks: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Fix {
    pub(super) advice: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replacement: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct SetAside {
    pub(super) title: String,
    #[serde(default)]
    pub(super) agent: String,
    #[schemars(with = "StageWord")]
    pub(super) stage: String,
    pub(super) why: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Lesson {
    pub(super) title: String,
    pub(super) category: String,
    pub(super) problem_type: String,
    pub(super) module: String,
    pub(super) tags: Vec<String>,
    /// Markdown.
    pub(super) body: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Agent {
    /// The job's name.
    pub(super) name: String,
    pub(super) backend: String,
    /// Model that answered.
    pub(super) model: Option<String>,
    #[serde(flatten)]
    pub(super) ending: Ending,
    /// Milliseconds.
    pub(super) ms: u64,
    /// Null: the program did not say.
    pub(super) tokens_in: Option<u64>,
    #[serde(default)]
    pub(super) tokens_cached: Option<u64>,
    pub(super) tokens_out: Option<u64>,
    /// US dollars, by the programs' own account; null: they did not say. All attempts count; an answer that was
    /// there before costs nothing.
    pub(super) cost: Option<f64>,
    /// What they did not say, guessed; to be added to the figures above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) estimate: Option<Estimate>,
    /// Backends tried before.
    #[serde(default)]
    pub(super) tried: Vec<Tried>,
    /// The program's last words on standard error.
    #[serde(default)]
    pub(super) detail: Option<String>,
    /// What a person can do about an outcome that is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

/// A guess: tokens by the length of prompt and answer, money by the person's own prices.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Estimate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tokens_in: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tokens_out: Option<u64>,
    /// US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Tried {
    pub(super) backend: String,
    #[serde(flatten)]
    pub(super) ending: Ending,
}

/// How a job ended.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Ending {
    #[schemars(with = "OutcomeWord")]
    pub(super) outcome: String,
    /// Exit code or signal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_ms: Option<u64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Coverage {
    pub(super) files: u64,
    pub(super) files_read: u64,
    /// The files under review.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    pub(super) hunks: u64,
    pub(super) hunks_read: u64,
    pub(super) not_reviewed: Vec<NotReviewed>,
    pub(super) skipped: Vec<Skipped>,
    /// Why there was nothing to review: `merge`, `commit`, `range`, `staged`, `worktree`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nothing: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct NotReviewed {
    pub(super) file: String,
    /// `h3`.
    pub(super) hunk: String,
    pub(super) agent: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Skipped {
    pub(super) file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file_hex: Option<String>,
    /// For people.
    pub(super) why: String,
    #[schemars(with = "SkipWord")]
    pub(super) reason: String,
    /// Size, where it is too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// The error, where it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    /// Whether the review is incomplete without it.
    #[serde(default)]
    pub(super) gap: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Verdict {
    /// `off`, `warn`, or the lowest severity that holds a push.
    pub(super) gate: String,
    pub(super) held: bool,
    pub(super) why: Vec<Reason>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Reason {
    /// A finding's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) finding: Option<String>,
    /// What was not reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_reviewed: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct LockFile {
    pub(super) file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file_hex: Option<String>,
    pub(super) ecosystem: String,
    pub(super) changes: Vec<Dependency>,
    /// Why the summary is not complete.
    pub(super) incomplete: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Dependency {
    pub(super) name: String,
    #[schemars(with = "VersionWord")]
    pub(super) change: String,
    /// Version before, where it moved or was removed.
    pub(super) from: Option<String>,
    /// Version after, where there is one.
    pub(super) to: Option<String>,
    pub(super) source: Option<String>,
    pub(super) foreign_source: bool,
    pub(super) line: Option<u32>,
}

/// What read the repository.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Reader {
    #[schemars(with = "ReaderWord")]
    pub(super) name: String,
    /// Why not libgit2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// Enums that exist for the schema only: the closed sets of words.
macro_rules! words {
    ($($name:ident: $($word:literal)+;)+) => {$(
        struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($word),+] })
            }
        }
    )+};
}

words! {
    StateWord: "clean" "findings" "incomplete";
    TargetWord: "commit" "range" "worktree" "staged";
    TierWord: "confirmed" "likely" "maybe";
    StatusWord: "open" "fixed" "dismissed" "regressed";
    SeverityWord: "low" "medium" "high" "critical";
    StageWord: "decode" "locate" "merge";
    OutcomeWord: "answered" "exited" "signalled" "timed out (idle)" "timed out (hard)" "cancelled" "superseded"
        "too much output" "not started" "refused" "quota used up" "over budget" "rate limited" "overloaded" "unreachable"
        "not logged in" "prompt too long" "unreadable reply" "empty reply" "lost";
    SkipWord: "binary" "generated" "vendored" "minified" "too-large" "over-budget" "lock-file" "filtered" "missing"
        "unreadable";
    VersionWord: "added" "removed" "moved" "source";
    ReaderWord: "libgit2" "git";
}
