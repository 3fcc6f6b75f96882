//! `git agents man`: the manual page, generated from the argument definitions
//! and the settings' table. git turns `git agents --help` into `man git-agents`,
//! so the page has to be where `man` looks.

use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::args::{Cli, ManArgs};
use super::error::CommandError;
use super::{exit_code, output};
use crate::settings::KEYS;
use crate::sys::dirs;

/// Exit codes, files and environment: what the definitions do not say.
const TAIL: &str = include_str!("man_tail.roff");

pub(super) fn man(args: &ManArgs) -> Result<u8, CommandError> {
    let page = page();
    if !args.install {
        output::stdout(&page)?;
        return Ok(exit_code::CLEAN);
    }
    let dir = manual_dir().ok_or_else(|| {
        CommandError::usage("there is no home directory to install to")
            .hint("`git agents man > git-agents.1` prints the page")
    })?;
    let path = dir.join("git-agents.1");
    let fault = |error: std::io::Error| {
        CommandError::incomplete(format!("{} cannot be written: {error}", path.display()))
    };
    std::fs::create_dir_all(&dir).map_err(fault)?;
    std::fs::write(&path, page).map_err(fault)?;
    output::stdout(&format!("{}\n", path.display()))?;
    output::note("agents: now `git agents --help` shows it\n");
    Ok(exit_code::CLEAN)
}

/// `man` looks beside each `bin` directory in PATH; so does cargo's.
fn manual_dir() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let bin = program.parent()?;
    let beside = (bin.file_name()? == "bin")
        .then(|| bin.parent().map(|prefix| prefix.join("share/man/man1")));
    beside
        .flatten()
        .or_else(|| dirs::home().map(|home| home.join(".local/share/man/man1")))
}

/// The whole page.
pub(super) fn page() -> String {
    let mut command = Cli::command();
    command.build();
    let mut bytes = Vec::new();
    let man = Man::new(command.clone())
        .title("GIT-AGENTS")
        .manual("Git Manual")
        .date("");
    // Writing to memory cannot fail.
    let _ = man.render_title(&mut bytes);
    let _ = man.render_name_section(&mut bytes);
    let _ = man.render_synopsis_section(&mut bytes);
    let _ = man.render_description_section(&mut bytes);
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    let mut options = Vec::new();
    let _ = man.render_options_section(&mut options);
    text.push_str(&String::from_utf8_lossy(&options));
    text.push_str(".SH COMMANDS\n");
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        text.push_str(&section(sub));
    }
    text.push_str(".SH CONFIGURATION\nSettings are git config keys.\n");
    for key in KEYS {
        let default = key
            .default
            .map(|value| format!(" (default {})", roff(value)))
            .unwrap_or_default();
        let (name, about, expects) = (roff(key.name), roff(key.about), roff(key.expects));
        text.push_str(&format!(
            ".TP\n\\fB{name}\\fR{default}\n{about} Takes {expects}.\n"
        ));
    }
    text.push_str(TAIL);
    text
}

/// A command's synopsis, description and options, as a subsection.
fn section(command: &Command) -> String {
    let mut bytes = Vec::new();
    // options of every command stand once, before the commands
    let own = command.clone().mut_args(|arg| {
        let is_global = arg.is_global_set();
        arg.hide(is_global)
    });
    let man = Man::new(own);
    let _ = man.render_description_section(&mut bytes);
    let _ = man.render_options_section(&mut bytes);
    let body = String::from_utf8_lossy(&bytes)
        .replace(".SH DESCRIPTION\n", "")
        .replace(".SH OPTIONS\n", "");
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    format!(
        ".SS {}\n\\fB{}\\fR\n.PP\n{body}",
        roff(command.get_name()),
        roff(usage)
    )
}

fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) {
        format!("\\&{escaped}")
    } else {
        escaped
    }
}
