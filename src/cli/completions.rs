//! `git agents completions`: for bash as git's own completion calls a
//! subcommand's function; for zsh and fish as their git completions look for
//! an external command's.

use clap::{Arg, Command, CommandFactory};
use clap_complete::aot::{Fish, Zsh, generate};

use super::args::{Cli, CompletionsArgs, ShellArg};
use super::error::CommandError;
use super::{exit_code, output};

pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, CommandError> {
    let mut command = Cli::command().bin_name("git-agents");
    let mut bytes = Vec::new();
    match args.shell {
        ShellArg::Bash => bytes.extend(bash(&command).into_bytes()),
        ShellArg::Zsh => generate(Zsh, &mut command, "git-agents", &mut bytes),
        ShellArg::Fish => generate(Fish, &mut command, "git-agents", &mut bytes),
    }
    output::stdout_bytes(&bytes)?;
    Ok(exit_code::CLEAN)
}

/// git's completion calls `_git_agents` for `git agents`, with `cur`, `words`
/// and the helpers of `git-completion.bash` in scope.
fn bash(command: &Command) -> String {
    let visible: Vec<&Command> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .collect();
    let names: Vec<&str> = visible.iter().map(|sub| sub.get_name()).collect();
    let cases: String = visible.iter().map(|sub| case(sub)).collect();
    let names = names.join(" ");
    format!(
        "# bash completion of `git agents`: source it after git's own completion\n\
         _git_agents ()\n{{\n\tlocal subcommands=\"{names}\"\n\
         \tlocal subcommand=\"$(__git_find_on_cmdline \"$subcommands\")\"\n\
         \tcase \"$subcommand,$cur\" in\n\
         \t,--*)\n\t\t__gitcomp \"--help --verbose --version\"\n\t\t;;\n\
         \t,*)\n\t\t__gitcomp \"$subcommands\"\n\t\t;;\n{cases}\tesac\n}}\n"
    )
}

fn case(command: &Command) -> String {
    let name = command.get_name();
    let shown = || command.get_arguments().filter(|arg| !arg.is_hide_set());
    let flags: Vec<String> = shown().filter_map(flag).collect();
    let mut text = String::new();
    for arg in shown().filter(|arg| !values(arg).is_empty()) {
        if let Some(long) = arg.get_long() {
            let list = values(arg).join(" ");
            text.push_str(&format!(
                "\t{name},--{long}=*)\n\t\t__gitcomp \"{list}\" \"\" \"${{cur##--{long}=}}\"\n\t\t;;\n"
            ));
        }
    }
    text.push_str(&format!(
        "\t{name},--*)\n\t\t__gitcomp \"{}\"\n\t\t;;\n",
        flags.join(" ")
    ));
    let positional = shown().find(|arg| arg.is_positional());
    if let Some(arg) = positional {
        let list = values(arg).join(" ");
        if !list.is_empty() {
            text.push_str(&format!("\t{name},*)\n\t\t__gitcomp \"{list}\"\n\t\t;;\n"));
        } else if arg.get_id() == "target" {
            text.push_str(&format!("\t{name},*)\n\t\t__git_complete_refs\n\t\t;;\n"));
        }
    }
    text
}

fn flag(arg: &Arg) -> Option<String> {
    let takes_value = arg.get_action().takes_values();
    arg.get_long().map(|long| {
        if takes_value {
            format!("--{long}=")
        } else {
            format!("--{long}")
        }
    })
}

fn values(arg: &Arg) -> Vec<String> {
    if !arg.get_action().takes_values() {
        return Vec::new();
    }
    arg.get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_completes_every_visible_command() {
        let command = Cli::command();
        let script = bash(&command);
        for sub in command.get_subcommands() {
            let there = script.contains(&format!("\t{},--*)", sub.get_name()));
            assert_eq!(there, !sub.is_hide_set(), "{}", sub.get_name());
        }
        assert!(script.contains("run,--format=*"), "{script}");
    }
}
