//! `git agents completions`: a small script for the shell, which asks the hidden command
//! `_complete` at each Tab. What may stand at the cursor is decided by clap's own engine.
//!
//! Promises: nothing hidden is offered; words of a repository are escaped for one line.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::CommandFactory;
use clap_complete::engine::{self, CompletionCandidate};

use super::args::{Cli, CompleteArgs, CompletionsArgs, ShellArg};
use super::error::CommandError;
use super::{exit_code, output};
use crate::text::escape;

/// Prints the script.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, CommandError> {
    let script = match args.shell {
        ShellArg::Bash => include_str!("../../hooks/completions.bash"),
        ShellArg::Zsh => include_str!("../../hooks/completions.zsh"),
        ShellArg::Fish => include_str!("../../hooks/completions.fish"),
    };
    output::stdout(script)?;
    Ok(exit_code::CLEAN)
}

/// Prints what may stand in the place of the last word, a line each.
pub(super) fn complete(args: &CompleteArgs) -> Result<u8, CommandError> {
    let mut text = String::new();
    for candidate in offered(args.words.clone()) {
        text.push_str(&line(args.shell, &candidate));
    }
    output::stdout(&text)?;
    Ok(exit_code::CLEAN)
}

/// What may stand in the place of the last word.
fn offered(words: Vec<OsString>) -> Vec<CompletionCandidate> {
    let Some(last) = words.len().checked_sub(1) else {
        return Vec::new();
    };
    let here = std::env::current_dir().ok();
    let mut command = Cli::command();
    // A command line that cannot be understood completes to nothing.
    let mut candidates =
        engine::complete(&mut command, words, last, here.as_deref()).unwrap_or_default();
    candidates.retain(|candidate| !candidate.is_hide_set());
    candidates
}

/// A candidate as the shell's script reads it: the word, and for shells that show it, what it is.
fn line(shell: ShellArg, candidate: &CompletionCandidate) -> String {
    let word = escape::line(&candidate.get_value().to_string_lossy());
    let about = candidate.get_help().map(ToString::to_string);
    let about = about.as_deref().and_then(|text| text.lines().next());
    let about = about.map(escape::line).filter(|text| !text.is_empty());
    let mut text = match shell {
        ShellArg::Bash | ShellArg::Fish => word,
        // what stands after a colon is the description
        ShellArg::Zsh => word.replace('\\', "\\\\").replace(':', "\\:"),
    };
    if let Some(about) = about {
        // Writing to memory cannot fail.
        let _ = match shell {
            ShellArg::Bash => Ok(()),
            ShellArg::Zsh => write!(text, ":{}", about.replace('\\', "\\\\")),
            ShellArg::Fish => write!(text, "\t{about}"),
        };
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<String> {
        let line = line.iter().map(OsString::from).collect();
        let word =
            |candidate: &CompletionCandidate| candidate.get_value().to_string_lossy().into_owned();
        offered(line).iter().map(word).collect()
    }

    #[test]
    fn every_visible_command_is_offered_and_no_hidden_one() {
        let offered = words(&["git-agents", ""]);
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let is_offered = offered.iter().any(|word| word == name);
            assert_eq!(is_offered, !command.is_hide_set(), "{name}: {offered:?}");
        }
        assert_eq!(words(&["git-agents", "_"]), Vec::<String>::new());
        assert_eq!(words(&["git-agents", "_deliv"]), Vec::<String>::new());
    }

    #[test]
    fn options_are_those_of_the_command_at_hand() {
        let offered = words(&["git-agents", "run", "--"]);
        for option in [
            "--staged",
            "--worktree",
            "--agents",
            "--backend",
            "--format",
        ] {
            assert!(offered.iter().any(|word| word == option), "{offered:?}");
        }
        assert!(!offered.iter().any(|word| word == "--watch"), "{offered:?}");
    }

    #[test]
    fn values_are_offered_beside_and_after_their_option() {
        let formats = words(&["git-agents", "report", "--format", ""]);
        assert_eq!(formats, ["terminal", "markdown", "json"]);
        let json = words(&["git-agents", "report", "--format=j"]);
        assert_eq!(json, ["--format=json"]);
        let kinds = words(&["git-agents", "dismiss", "7c1d", "--kind", "f"]);
        assert_eq!(kinds, ["false-positive"]);
        let backends = words(&["git-agents", "run", "--backend", "off"]);
        assert_eq!(backends, ["offline"]);
        let keys = words(&["git-agents", "config", "agents.budget.d"]);
        assert_eq!(keys, ["agents.budget.daily"]);
    }

    #[test]
    fn an_unfinished_or_wrong_line_is_no_fault() {
        assert_eq!(words(&[]), Vec::<String>::new());
        assert_eq!(
            words(&["git-agents", "no-such", "--"]).len(),
            words(&["git-agents", "--"]).len()
        );
    }

    #[test]
    fn what_parts_words_and_descriptions_is_escaped() {
        let odd = CompletionCandidate::new("a:b").help(Some("one\u{202e}two".into()));
        let zsh = line(ShellArg::Zsh, &odd);
        assert!(
            zsh.starts_with("a\\:b:one") && zsh.ends_with("two\n"),
            "{zsh}"
        );
        assert!(!zsh.contains('\u{202e}'), "{zsh}");
        assert_eq!(line(ShellArg::Bash, &odd), "a:b\n");
        assert!(line(ShellArg::Fish, &odd).starts_with("a:b\tone"));
    }
}
