//! Arguments of `git agents trust`.

use clap::Args;

use super::ListArgs;

/// `git agents trust`.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// The file of a definition or a slash command, or its name; with `--revoke` also an id from the list; nothing: list
    #[arg(value_name = "FILE|NAME")]
    pub what: Option<String>,
    /// Allow this tool, as the definition names it, where nobody is there to be asked
    #[arg(long, value_name = "TOOL", requires = "what")]
    pub tool: Vec<String>,
    /// Record it without asking
    #[arg(long, requires = "what", conflicts_with_all = ["list", "revoke"])]
    pub yes: bool,
    /// List what is trusted, and what of this repository is not
    #[arg(long, conflicts_with_all = ["what", "revoke"])]
    pub list: bool,
    /// Trust it no longer; with `--tool` only that tool
    #[arg(long, requires = "what")]
    pub revoke: bool,
    /// How to print the list.
    #[command(flatten)]
    pub print: ListArgs,
}
