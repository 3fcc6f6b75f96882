//! How this program uses the screen: colour, quiet and the pager, by git's own rules.
//!
//! Promises: a pager is started on a terminal only, and only for what was asked for; where it cannot
//! be started, the text is printed as it is. Exit codes stay: only a command that succeeds is paged.

use std::env;

use super::args::{Cli, ColourArg, Command};
use super::output;
use crate::git::ScreenSettings;
use crate::sys::{process, program_search, terminal};

/// The pager where nothing names one, as in git.
const USUAL_PAGER: &str = "less";

/// Settles colour and quiet, and begins to keep the output for a pager where there is one.
/// Gives the pager's command line.
pub(super) fn settle(cli: &Cli) -> Option<String> {
    output::be_quiet(cli.quiet);
    if is_for_machines(&cli.command) {
        return None;
    }
    let here = env::current_dir().unwrap_or_default();
    let settings = ScreenSettings::at(&here);
    let is_paged_by_git = is_true("GIT_PAGER_IN_USE");
    let pager = match terminal::stdout_is_terminal() && is_long(&cli.command) {
        true => pager(&settings, &variable),
        false => None,
    };
    let asked = Asked {
        option: cli.color,
        variable: &variable,
        settings: &settings,
    };
    let goes_to_pager = pager.is_some() || is_paged_by_git;
    let is_dumb = variable("TERM").as_deref() == Some("dumb");
    let shows = |is_terminal: bool| (is_terminal || is_paged_by_git) && !is_dumb;
    let stdout = asked.colour(shows(terminal::stdout_is_terminal()), goes_to_pager);
    console::set_colors_enabled(stdout);
    let stderr = asked.colour(terminal::stderr_is_terminal() && !is_dumb, false);
    console::set_colors_enabled_stderr(stderr);
    if pager.is_some() {
        output::keep();
    }
    pager
}

/// Becomes the pager with what was kept. Returns where nothing was, or where the pager cannot be
/// started: then the text is to be printed.
pub(super) fn page(pager: &str, text: &[u8]) {
    let program = pager.split_ascii_whitespace().next().unwrap_or_default();
    let is_plain = !pager.contains(|c: char| "|&;<>()$`\\\"'*?[#~=%".contains(c));
    // the shell would only say that there is no such program, and the text would be lost
    if is_plain && !program_search::is_program(program) {
        return;
    }
    process::become_pager(pager, text);
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_true(name: &str) -> bool {
    variable(name).is_some_and(|value| boolean(&value) == Some(true))
}

/// git's words for true and false.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}

/// The pager's command line, by git's order; none: there is none.
fn pager(settings: &ScreenSettings, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let named = match settings
        .agents_pager
        .as_deref()
        .map(|text| (text, boolean(text)))
    {
        Some((_, Some(false))) => return None,
        Some((command, None)) => Some(command.to_owned()),
        Some((_, Some(true))) | None => None,
    };
    // git itself sets GIT_PAGER to `cat` for `git --no-pager`
    let pager = variable("GIT_PAGER")
        .or(named)
        .or_else(|| settings.pager.clone())
        .or_else(|| variable("PAGER"))
        .unwrap_or_else(|| USUAL_PAGER.to_owned());
    (!pager.trim().is_empty() && pager != "cat").then_some(pager)
}

/// Who says something about colour.
struct Asked<'a> {
    option: Option<ColourArg>,
    variable: &'a dyn Fn(&str) -> Option<String>,
    settings: &'a ScreenSettings,
}

impl Asked<'_> {
    /// Whether a stream is coloured: the option, else `NO_COLOR`, else `CLICOLOR_FORCE`, else
    /// `color.agents` or `color.ui`, else where a person sees it.
    fn colour(&self, shows: bool, goes_to_pager: bool) -> bool {
        match self.option {
            Some(ColourArg::Always) => return true,
            Some(ColourArg::Never) => return false,
            Some(ColourArg::Auto) => return shows,
            None => {}
        }
        if (self.variable)("NO_COLOR").is_some() {
            return false;
        }
        if (self.variable)("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            return true;
        }
        let pager_colour = self.settings.pager_colour.as_deref().and_then(boolean);
        let shows = shows && !(goes_to_pager && pager_colour == Some(false));
        match self.settings.colour.as_deref() {
            Some("always") => true,
            Some("never") => false,
            Some("auto") | None => shows,
            Some(word) => boolean(word) != Some(false) && shows,
        }
    }
}

/// Whether a command only answers another program.
fn is_for_machines(command: &Command) -> bool {
    matches!(
        command,
        Command::Deliver
            | Command::Supervise(_)
            | Command::Detached
            | Command::Http(_)
            | Command::Complete(_)
            | Command::Completions(_)
            | Command::ShellInit(_)
    )
}

/// Whether a command prints what may be longer than a screen, and nothing happens while it does.
fn is_long(command: &Command) -> bool {
    match command {
        Command::Report(_)
        | Command::Show(_)
        | Command::Findings(_)
        | Command::Why(_)
        | Command::Logs(_)
        | Command::Agents(_)
        | Command::Config(_)
        | Command::Prompt(_)
        | Command::Man(_)
        | Command::Schema(_) => true,
        Command::Gate(args) => args.log,
        Command::Run(_)
        | Command::Dismiss(_)
        | Command::Reopen(_)
        | Command::Learn(_)
        | Command::Status(_)
        | Command::Wait(_)
        | Command::Cancel(_)
        | Command::Retry(_)
        | Command::Trust(_)
        | Command::Doctor(_)
        | Command::Prune(_)
        | Command::Init(_)
        | Command::Hooks(_)
        | Command::ShellInit(_)
        | Command::Completions(_)
        | Command::Deliver
        | Command::Supervise(_)
        | Command::Complete(_)
        | Command::Detached
        | Command::Http(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        |name| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    fn settings(
        colour: Option<&str>,
        agents_pager: Option<&str>,
        pager: Option<&str>,
    ) -> ScreenSettings {
        ScreenSettings {
            colour: colour.map(str::to_owned),
            pager_colour: None,
            agents_pager: agents_pager.map(str::to_owned),
            pager: pager.map(str::to_owned),
        }
    }

    #[test]
    fn the_pager_is_found_in_the_order_of_git() {
        let none = settings(None, None, None);
        let core = settings(None, None, Some("core -x"));
        assert_eq!(pager(&none, &of(&[])).as_deref(), Some("less"));
        assert_eq!(
            pager(&none, &of(&[("PAGER", "more")])).as_deref(),
            Some("more")
        );
        assert_eq!(
            pager(&core, &of(&[("PAGER", "more")])).as_deref(),
            Some("core -x")
        );
        assert_eq!(
            pager(&core, &of(&[("GIT_PAGER", "most")])).as_deref(),
            Some("most")
        );
        assert_eq!(pager(&core, &of(&[("GIT_PAGER", "cat")])), None);
        let own = settings(None, Some("own"), Some("core"));
        assert_eq!(pager(&own, &of(&[])).as_deref(), Some("own"));
        assert_eq!(
            pager(&settings(None, Some("false"), Some("core")), &of(&[])),
            None
        );
        let on = settings(None, Some("true"), Some("core"));
        assert_eq!(pager(&on, &of(&[])).as_deref(), Some("core"));
        assert_eq!(pager(&settings(None, None, Some("cat")), &of(&[])), None);
    }

    #[test]
    fn colour_is_settled_by_whoever_is_nearest() {
        let no_colour = of(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]);
        let forced = of(&[("CLICOLOR_FORCE", "1")]);
        let nothing = of(&[]);
        let always = settings(Some("always"), None, None);
        let never = settings(Some("never"), None, None);
        let unset = settings(None, None, None);
        let asked = |option, variable, settings| Asked {
            option,
            variable,
            settings,
        };
        assert!(asked(Some(ColourArg::Always), &no_colour, &never).colour(false, false));
        assert!(!asked(Some(ColourArg::Never), &forced, &always).colour(true, false));
        assert!(!asked(None, &no_colour, &always).colour(true, false));
        assert!(asked(None, &forced, &never).colour(false, false));
        assert!(asked(None, &nothing, &always).colour(false, false));
        assert!(!asked(None, &nothing, &never).colour(true, false));
        assert!(asked(None, &nothing, &unset).colour(true, true));
        assert!(!asked(None, &nothing, &unset).colour(false, false));
        let plain_pager = ScreenSettings {
            pager_colour: Some("false".to_owned()),
            ..settings(None, None, None)
        };
        assert!(!asked(None, &nothing, &plain_pager).colour(true, true));
        assert!(asked(None, &nothing, &plain_pager).colour(true, false));
    }
}
