//! Arguments of the commands that look at what is known, and of the set-up.

use clap::{Args, Subcommand, ValueEnum};

use super::candidates;
use super::{CallArgs, ListArgs, PrintArgs, TargetArgs};

/// `git agents findings`.
#[derive(Debug, Args)]
pub(crate) struct FindingsArgs {
    /// Only open and confirmed ones (the default)
    #[arg(long, conflicts_with = "all")]
    pub open: bool,
    /// Folded, fixed and dismissed ones too
    #[arg(long)]
    pub all: bool,
    /// How to print.
    #[command(flatten)]
    pub list: ListArgs,
}

/// `git agents dismiss`.
#[derive(Debug, Args)]
pub(crate) struct DismissArgs {
    /// The finding; a unique prefix of its id is enough
    #[arg(value_name = "FINDING", add = candidates::open_findings())]
    pub finding: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// What kind of decision it is
    #[arg(long, value_name = "KIND", default_value = "accepted",
          value_parser = ["false-positive", "accepted", "wont-fix"])]
    pub kind: String,
}

/// `git agents learn`.
#[derive(Debug, Args)]
pub(crate) struct LearnArgs {
    /// A finding or a run; nothing: the newest report with a lesson
    #[arg(value_name = "FINDING|RUN", add = candidates::runs())]
    pub what: Option<String>,
    /// Print the file instead of writing it
    #[arg(long)]
    pub print: bool,
}

/// `git agents why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// The file, relative to here, with a line if one is meant
    #[arg(value_name = "FILE[:LINE]", value_hint = clap::ValueHint::FilePath)]
    pub place: String,
}

/// `git agents status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Stay and show changes as they happen, until nothing runs any more
    #[arg(long)]
    pub watch: bool,
    /// How to print.
    #[command(flatten)]
    pub list: ListArgs,
}

/// `git agents wait`.
#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// Whose review; nothing: all that run.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Give up after this time, such as `90s` or `5m`
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// `git agents cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// The run; nothing: the only one that runs
    #[arg(value_name = "RUN", add = candidates::runs())]
    pub run: Option<String>,
    /// All of them
    #[arg(long, conflicts_with = "run")]
    pub all: bool,
}

/// `git agents retry`.
#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    /// The run; nothing: the newest that is not complete
    #[arg(value_name = "RUN", add = candidates::runs())]
    pub run: Option<String>,
    /// Return at once; the review goes on
    #[arg(long)]
    pub background: bool,
    /// How to print.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// `git agents logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The run; nothing: the newest
    #[arg(value_name = "RUN", add = candidates::runs())]
    pub run: Option<String>,
    /// Print this agent's raw output instead
    #[arg(value_name = "AGENT", add = candidates::agents())]
    pub agent: Option<String>,
}

/// `git agents prompt`.
#[derive(Debug, Args)]
pub(crate) struct PromptArgs {
    /// What to review.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The agent; nothing: all that are enabled
    #[arg(long, value_name = "AGENT", add = candidates::agents())]
    pub agent: Vec<String>,
    /// A slash command instead of their own instructions.
    #[command(flatten)]
    pub call: CallArgs,
    /// Only sizes and what was left out, no prompt
    #[arg(long)]
    pub summary: bool,
}

/// `git agents agents`.
#[derive(Debug, Args)]
pub(crate) struct AgentsArgs {
    /// How to print.
    #[command(flatten)]
    pub list: ListArgs,
}

/// `git agents doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// How to print.
    #[command(flatten)]
    pub list: ListArgs,
}

/// `git agents config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Only this setting; nothing: all of them
    #[arg(value_name = "KEY", add = candidates::keys())]
    pub key: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub list: ListArgs,
}

/// `git agents prune`.
#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// Keep this many runs instead of what `agents.keep` says
    #[arg(long, value_name = "N")]
    pub runs: Option<usize>,
    /// Keep runs of this many days instead of what `agents.keep` says
    #[arg(long, value_name = "N")]
    pub days: Option<u64>,
}

/// Shells that completions exist for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ShellArg {
    /// bash, through git's own completion
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

/// `git agents completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: ShellArg,
}

/// `git-agents _complete`.
#[derive(Debug, Args)]
pub(crate) struct CompleteArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: ShellArg,
    /// The words of the command line up to the cursor, the program first.
    #[arg(last = true)]
    pub words: Vec<std::ffi::OsString>,
}

/// `git agents man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Install the page below the user's manual directory
    #[arg(long)]
    pub install: bool,
}

/// `git agents schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, value_name = "WHICH")]
    pub which: SchemaArg,
}

/// Published schemas.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaArg {
    /// The JSON report
    Report,
    /// An agent's reply, as the `command` backend prints it
    Reply,
}

/// `git-agents _supervise`.
#[derive(Debug, Args)]
pub(crate) struct SuperviseArgs {
    /// The run.
    pub run: String,
    /// The common git directory that holds the store.
    #[arg(long)]
    pub common_dir: std::path::PathBuf,
    /// Ask again whatever is known.
    #[arg(long)]
    pub fresh: bool,
}

/// `git-agents _http`.
#[derive(Debug, Args)]
pub(crate) struct HttpArgs {
    /// The API.
    pub kind: String,
    /// Its base URL.
    #[arg(long)]
    pub url: String,
    /// The environment variable that holds the key.
    #[arg(long)]
    pub key_variable: Option<String>,
    /// The model; nothing: the server's list decides.
    #[arg(long)]
    pub model: Option<String>,
    /// A file with the answer's schema.
    #[arg(long)]
    pub schema: Option<std::path::PathBuf>,
    /// Bytes of the prompt that other requests share.
    #[arg(long, default_value_t = 0)]
    pub shared: usize,
}

/// `git agents gate`.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// The remote that would be pushed to
    #[arg(value_name = "REMOTE", default_value = "origin")]
    pub remote: String,
    /// Show past decisions instead
    #[arg(long)]
    pub log: bool,
}

/// `git agents init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// For all of the user's repositories
    #[arg(long, conflicts_with = "notes")]
    pub global: bool,
    /// Have `git log` and `git show` print reports too, from notes that no plain push carries
    #[arg(long)]
    pub notes: bool,
}

/// `git agents hooks`.
#[derive(Debug, Args)]
pub(crate) struct HooksArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: HooksAction,
}

/// What to do with the hooks.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum HooksAction {
    /// Install the hooks; what stands there is kept and called
    Install {
        /// For all of the user's repositories
        #[arg(long)]
        global: bool,
    },
    /// Remove them; what stood there before is put back to the byte
    Uninstall {
        /// Those for all of the user's repositories
        #[arg(long)]
        global: bool,
    },
    /// Tell which hooks are active and by which route
    Status,
}

/// `git agents shell-init`.
#[derive(Debug, Args)]
pub(crate) struct ShellInitArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: ShellArg,
}
