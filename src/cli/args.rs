//! The command line: the one place where help text is written. The manual page
//! and the completions are generated from it.

mod call;
mod rest;
mod trust;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::candidates;
pub(crate) use call::CallArgs;
pub(crate) use rest::*;
pub(crate) use trust::TrustArgs;

/// Review your changes with agents that run in parallel, in the background.
#[derive(Debug, Parser)]
#[command(
    name = "git-agents",
    bin_name = "git agents",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    after_help = "With no agent installed the reviewer inside this program does the job, without any account.\n\
                  Settings are git config keys: see `git agents config`."
)]
pub(crate) struct Cli {
    /// Say more on standard error: who read the repository, what was left out, which backends were found
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Print only what was asked for, and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colours; without it, `color.agents` and `color.ui` of git decide
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<ColourArg>,
    #[command(subcommand)]
    /// What to do.
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Review a change now
    ///
    /// Exit codes: 0 clean, or below the bar; 1 confirmed findings at or above the bar;
    /// 2 usage or configuration; 3 incomplete, something was not reviewed; 130 interrupted.
    Run(RunArgs),
    /// Print a finished report again
    Report(ReportArgs),
    /// Show one finding in full
    Show(ShowArgs),
    /// List findings of all reviews
    Findings(FindingsArgs),
    /// Say that a finding is not to be acted on; it stays so across amend and rebase
    Dismiss(DismissArgs),
    /// Take a dismissal back
    Reopen(FindingArg),
    /// Write a proposed lesson to docs/solutions
    Learn(LearnArgs),
    /// Tell which reviews read a file or a line, and with which result
    Why(WhyArgs),
    /// Show waiting and running reviews
    Status(StatusArgs),
    /// Wait for reviews that run in the background, then print the result
    Wait(WaitArgs),
    /// Stop reviews; answers that came in are kept
    Cancel(CancelArgs),
    /// Run what failed or was interrupted again; answers that came in are used
    Retry(RetryArgs),
    /// Print what happened in a run, or an agent's raw output
    Logs(LogsArgs),
    /// Print exactly what would leave the machine
    ///
    /// The prompt's bytes go to standard output; sizes, an estimate of its tokens, masked secrets and
    /// what was left out go to standard error.
    Prompt(PromptArgs),
    /// List agents: where they come from, what they may touch, who runs them
    Agents(AgentsArgs),
    /// Let a file of this repository instruct an agent, or an agent use a tool unwatched
    ///
    /// Shows the file and asks. What is recorded is this repository, the file and its very bytes, in
    /// your own state directory, where no repository can write; a changed file asks again.
    Trust(TrustArgs),
    /// Check agents, hooks, store and background work, and tell what to do
    ///
    /// Starts each agent's program for its version and its login; asks no model and costs nothing.
    Doctor(DoctorArgs),
    /// List settings: their values, where they were set, and what they mean
    Config(ConfigArgs),
    /// Remove old runs, as `agents.keep` says
    Prune(PruneArgs),
    /// Set everything up in this repository: hooks, and what to do for the shell
    Init(InitArgs),
    /// Install, remove or inspect the hooks
    Hooks(HooksArgs),
    /// Decide about a push by hand, or show past decisions
    Gate(GateArgs),
    /// Print the shell integration, which tells a finished review after the next git command
    ShellInit(ShellInitArgs),
    /// Print a shell's completions
    Completions(CompletionsArgs),
    /// Print the manual page, or install it, so that `git agents --help` works
    Man(ManArgs),
    /// Print the JSON schema of reports or of agents' replies
    Schema(SchemaArgs),
    #[command(name = "_deliver", hide = true)]
    /// Tell what waits here.
    Deliver,
    #[command(name = "_supervise", hide = true)]
    /// Carry out a queued run.
    Supervise(SuperviseArgs),
    #[command(name = "_complete", hide = true)]
    /// Offer words to a shell.
    Complete(CompleteArgs),
    #[command(name = "_detached", hide = true)]
    /// Leave this session and say so.
    Detached,
    #[command(name = "_http", hide = true)]
    /// Ask an HTTP API.
    Http(HttpArgs),
}

/// What to review.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TargetArgs {
    /// A commit, `A..B` or `A...B`; nothing: tracked files that were changed, else HEAD
    #[arg(value_name = "TARGET", add = candidates::revisions())]
    pub target: Option<String>,
    /// Review the index against HEAD
    #[arg(long, conflicts_with_all = ["worktree", "base", "target"])]
    pub staged: bool,
    /// Review all uncommitted work against HEAD, untracked text files included
    #[arg(long, conflicts_with_all = ["base", "target"])]
    pub worktree: bool,
    /// Review from the merge base with REF to HEAD
    #[arg(long, value_name = "REF", conflicts_with = "target", add = candidates::revisions())]
    pub base: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// For people, coloured on a terminal
    Terminal,
    /// For comments and files
    Markdown,
    /// For programs; versioned, see `git agents schema report`
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourArg {
    /// On a terminal
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

/// Formats of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormatArg {
    /// For people
    Terminal,
    /// For programs: one JSON object a line
    Json,
}

/// How to print a list.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct ListArgs {
    /// Output format; without it, JSON where GIT_AGENTS_FORMAT is `json`
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ListFormatArg>,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ListArgs {
    /// Whether one JSON object a line is asked for.
    pub(crate) fn is_json(self) -> bool {
        let by_variable =
            || std::env::var_os("GIT_AGENTS_FORMAT").is_some_and(|word| word == "json");
        match self.format {
            Some(ListFormatArg::Json) => true,
            Some(ListFormatArg::Terminal) => false,
            None => self.json || by_variable(),
        }
    }
}

/// In which format to print a report.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct FormatArgs {
    /// Output format
    #[arg(long, value_enum, env = "GIT_AGENTS_FORMAT", value_name = "FORMAT")]
    format: Option<FormatArg>,
    /// The same as `--format json`
    #[arg(long)]
    json: bool,
}

impl FormatArgs {
    /// The format that is asked for, if any is.
    pub(crate) fn asked(self) -> Option<FormatArg> {
        if self.json {
            return Some(FormatArg::Json);
        }
        self.format
    }
}

/// How to print a report.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PrintArgs {
    /// In which format.
    #[command(flatten)]
    pub format: FormatArgs,
    /// Also show folded, dismissed and set-aside entries, and every file left out
    #[arg(long)]
    pub all: bool,
}

/// `git agents run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What to review.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Agents to run, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',', add = candidates::agents())]
    pub agents: Vec<String>,
    /// A slash command instead of their own instructions.
    #[command(flatten)]
    pub call: CallArgs,
    /// Backend for all of them: `offline`, `claude`, `codex`, `gemini`, ...; `git agents agents` lists them
    #[arg(long, value_name = "NAME", add = candidates::backends())]
    pub backend: Option<String>,
    /// Return at once; the review goes on
    #[arg(long, conflicts_with = "wait")]
    pub background: bool,
    /// Stay until the review is done (the default)
    #[arg(long)]
    pub wait: bool,
    /// Lowest severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", value_parser = ["low", "medium", "high", "critical"])]
    pub fail_on: Option<String>,
    /// Ask again even where an earlier review of the same lines has the answer
    #[arg(long)]
    pub fresh: bool,
    /// How to print.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// `git agents report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Which target's report; nothing: the newest.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The report of this run; a unique part of its id is enough
    #[arg(long, value_name = "ID", conflicts_with_all = ["target", "staged", "worktree", "base"],
          add = candidates::runs())]
    pub run: Option<String>,
    /// Only findings that are still open
    #[arg(long)]
    pub open: bool,
    /// How to print.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// `git agents show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The finding; a unique prefix of its id is enough
    #[arg(value_name = "FINDING", add = candidates::findings())]
    pub finding: String,
    /// In which format.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A finding.
#[derive(Debug, Args)]
pub(crate) struct FindingArg {
    /// The finding; a unique prefix of its id is enough
    #[arg(value_name = "FINDING", add = candidates::closed_findings())]
    pub finding: String,
}
