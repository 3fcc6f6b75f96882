//! A slash command and its arguments.

use clap::Args;

use super::candidates;
use crate::model::CommandCall;

/// A slash command, called.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CallArgs {
    /// Do what a slash-command file says, with these arguments; TARGET stands before it
    ///
    /// Commands are `NAME.md` in `commands` of your configuration directory, in `~/.claude/commands`, and,
    /// once trusted, in the repository's `.gitagents/commands` and `.claude/commands`. One agent of its own
    /// does it, or those that `--agents` names, each in its role. `!`-commands in it are not run and
    /// `@`-files not read. `--background` returns at once.
    #[arg(long, value_names = ["NAME", "ARGS"], num_args = 1.., add = candidates::commands())]
    pub command: Vec<String>,
    /// Further arguments of the command, such as those that begin with `-`
    #[arg(last = true, value_name = "ARGS", requires = "command")]
    pub rest: Vec<String>,
}

impl CallArgs {
    /// The call, if there is one.
    pub(crate) fn call(&self) -> Option<CommandCall> {
        let (name, arguments) = self.command.split_first()?;
        let arguments = arguments.iter().chain(&self.rest).cloned().collect();
        Some(CommandCall {
            name: name.clone(),
            arguments,
        })
    }
}
