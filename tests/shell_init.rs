//! Prompt integration in real shells on a pseudo-terminal. What tells the
//! report is a fake, so that only the shells are under test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test says what it could run")]

#[expect(dead_code, reason = "each test file uses a part")]
mod hook_support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use expectrl::Expect;
use expectrl::session::OsSession;
use git_agents::testing::Shell;
use hook_support::{Sandbox, attempt, script, sealed};

/// Prints the report once, as the real one does: whoever takes the marker.
const TELL: &str = r#"#!/bin/sh
[ "$1" = _deliver ] || exit 9
mv "$HOME/.local/state/git-agents/waiting" "$HOME/taken" 2>/dev/null || exit 0
echo "RE""PORT" >&2
exit 5
"#;

/// A shell that has read its start file.
struct Terminal {
    shell: Shell,
    lines: usize,
    session: OsSession,
    marker: PathBuf,
}

impl Terminal {
    /// Starts the shell with `before`, our script and `after` in its start file.
    fn open(sandbox: &Sandbox, shell: Shell, before: &str, after: &str) -> Option<Self> {
        if !attempt(
            &sandbox.path(""),
            &["sh", "-c", &format!("command -v {shell}")],
        )
        .status
        .success()
        {
            println!("{shell} is not here");
            return None;
        }
        println!("running {shell}");
        script(&sandbox.fake(), TELL);
        let marker = sandbox.path("home/.local/state/git-agents/waiting");
        fs::create_dir_all(marker.parent().unwrap()).unwrap();
        fs::create_dir_all(sandbox.path("home/.config/fish")).unwrap();
        let rc = sandbox.path(match shell {
            Shell::Bash => "home/.bashrc",
            Shell::Zsh => "home/.zshrc",
            Shell::Fish => "home/.config/fish/config.fish",
        });
        let path = format!(
            "{}:{}",
            sandbox.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        fs::write(&rc, format!("{before}\n{}\n{after}\n", shell.script())).unwrap();
        let mut command = Command::new(shell.name());
        command
            .arg("-i")
            .current_dir(sandbox.path(""))
            .env("PATH", path)
            .env("TERM", "dumb");
        let mut session = OsSession::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(120)));
        let mut terminal = Self {
            shell,
            lines: 0,
            session,
            marker,
        };
        terminal.prompt();
        Some(terminal)
    }

    /// Everything up to the next prompt, which the tests make `<exit code>$`.
    fn prompt(&mut self) -> String {
        let found = self.session.expect(expectrl::Regex(r"<(\d+)>\$ ")).unwrap();
        let mut text = String::from_utf8_lossy(found.before()).into_owned();
        text.push_str(&String::from_utf8_lossy(found.get(0).unwrap()));
        text
    }

    /// What is shown from this line to the next prompt, with it.
    fn type_line(&mut self, line: &str) -> String {
        self.session.send_line(line).unwrap();
        if self.shell != Shell::Fish {
            return self.prompt();
        }
        // fish paints its prompt again whenever it likes: a second line says when the first is over
        self.lines += 1;
        let end = format!("END{}", self.lines);
        self.session
            .send_line(format!("echo EN''D{}-$status-", self.lines))
            .unwrap();
        let found = self
            .session
            .expect(expectrl::Regex(format!("{end}-(\\d+)-")));
        let found = found.unwrap_or_else(|e| panic!("{line}: {e}"));
        let code = String::from_utf8_lossy(found.get(1).unwrap()).into_owned();
        format!("{}<{code}>$ ", String::from_utf8_lossy(found.before()))
    }

    fn report_waits(&self) {
        fs::write(&self.marker, "").unwrap();
    }
}

fn prompt_of(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => {
            "PS1='<$?>$ '; HISTCONTROL=ignoredups; bind 'set enable-bracketed-paste off'"
        }
        Shell::Zsh => "PS1='<%?>$ '; unsetopt zle prompt_cr prompt_sp; alias g=git",
        Shell::Fish => {
            "function fish_prompt; echo \"<$status>\\$ \"; end; function g; git $argv; end; set -U fish_greeting"
        }
    }
}

fn told(text: &str) -> usize {
    text.matches("REPORT").count()
}

#[test]
fn a_report_is_told_once_after_the_next_git_command() {
    let Some(sandbox) = sealed() else { return };
    for shell in Shell::ALL {
        let Some(mut terminal) = Terminal::open(&sandbox, shell, prompt_of(shell), "alias g=git")
        else {
            continue;
        };
        assert_eq!(
            told(&terminal.type_line("git --version")),
            0,
            "{shell}: nothing waits"
        );
        terminal.report_waits();
        assert_eq!(
            told(&terminal.type_line("echo ls")),
            0,
            "{shell}: no git command"
        );
        assert_eq!(told(&terminal.type_line("")), 0, "{shell}: an empty line");
        let text = terminal.type_line("git --version");
        assert_eq!(told(&text), 1, "{shell}: {text}");
        assert!(
            text.find("git version").unwrap() < text.find("REPORT").unwrap(),
            "{shell}, after the output: {text}"
        );
        assert!(text.ends_with("<0>$ "), "{shell}: {text}");
        assert_eq!(
            told(&terminal.type_line("git --version")),
            0,
            "{shell}: told already"
        );
        terminal.report_waits();
        let text = terminal.type_line("git --version");
        assert_eq!(told(&text), 1, "{shell}, the same command again: {text}");
        terminal.report_waits();
        let text = terminal.type_line("git no-such-command");
        assert!(
            told(&text) == 1 && text.ends_with("<1>$ "),
            "{shell}, its exit code: {text}"
        );
        terminal.report_waits();
        assert_eq!(
            told(&terminal.type_line("")),
            0,
            "{shell}: an empty line after git"
        );
        let text = terminal.type_line("g --version");
        assert_eq!(told(&text), 1, "{shell}, an alias: {text}");
        terminal.report_waits();
        // a parenthesis is another thing in fish
        let list = if shell == Shell::Fish {
            "cd . && git --version | cat; false"
        } else {
            "cd . && git --version | cat; (exit 1)"
        };
        let text = terminal.type_line(list);
        assert!(
            told(&text) == 1 && text.ends_with("<1>$ "),
            "{shell}, in a list: {text}"
        );
    }
}

#[test]
fn the_program_may_be_gone() {
    let Some(sandbox) = sealed() else { return };
    for shell in Shell::ALL {
        let Some(mut terminal) = Terminal::open(&sandbox, shell, prompt_of(shell), "") else {
            continue;
        };
        fs::remove_file(sandbox.fake()).unwrap();
        terminal.report_waits();
        let text = terminal.type_line("git --version");
        assert!(
            text.contains("git version ") && text.ends_with("<0>$ "),
            "{shell}: {text}"
        );
        assert!(
            !text.contains("not found") && !text.contains("nknown command"),
            "{shell}: {text}"
        );
    }
}

#[test]
fn what_hangs_on_the_prompt_goes_on() {
    let Some(sandbox) = sealed() else { return };
    let theirs = "seen() { local s=$?; printf 'theirs saw %d\\n' $s; return $s; };";
    let hooks = [
        (Shell::Bash, "PROMPT_COMMAND='seen; '"),
        (Shell::Bash, "PROMPT_COMMAND=(seen true)"),
        (Shell::Zsh, "precmd() { seen; }"),
        (
            Shell::Zsh,
            "autoload -Uz add-zsh-hook; add-zsh-hook precmd seen",
        ),
    ];
    for (shell, hook) in hooks {
        let before = format!("{}; {theirs} {hook}", prompt_of(shell));
        // read twice, as when a start file is read again
        let Some(mut terminal) = Terminal::open(&sandbox, shell, &before, shell.script()) else {
            continue;
        };
        for waits in [false, true] {
            if waits {
                terminal.report_waits();
            }
            let text = terminal.type_line("git no-such-command");
            let both = (text.matches("theirs saw 1").count(), told(&text));
            assert_eq!(both, (1, usize::from(waits)), "{hook}: {text}");
            assert!(text.ends_with("<1>$ "), "{hook}: {text}");
        }
        assert!(
            terminal.type_line("true").contains("theirs saw 0"),
            "{hook}"
        );
    }
    let before = format!(
        "{}; function seen --on-event fish_postexec; echo theirs saw $status; end",
        prompt_of(Shell::Fish)
    );
    if let Some(mut terminal) = Terminal::open(&sandbox, Shell::Fish, &before, "") {
        terminal.report_waits();
        let text = terminal.type_line("git no-such-command");
        assert!(
            text.contains("theirs saw 1") && told(&text) == 1 && text.ends_with("<1>$ "),
            "{text}"
        );
    }
}

#[test]
fn bash_with_strict_options() {
    let Some(sandbox) = sealed() else { return };
    let before = format!(
        "set -u; unset HISTFILE PROMPT_COMMAND PS0 XDG_STATE_HOME; {}",
        prompt_of(Shell::Bash)
    );
    let Some(mut terminal) = Terminal::open(&sandbox, Shell::Bash, &before, "") else {
        return;
    };
    terminal.report_waits();
    let text = terminal.type_line("git --version");
    assert!(told(&text) == 1 && !text.contains("unbound"), "{text}");
}

#[test]
fn nothing_happens_in_a_shell_for_scripts() {
    let Some(sandbox) = sealed() else { return };
    for shell in Shell::ALL {
        let file = sandbox.path("script");
        fs::write(&file, format!("{}\ngit --version\n", shell.script())).unwrap();
        if attempt(
            &sandbox.path(""),
            &["sh", "-c", &format!("command -v {shell}")],
        )
        .status
        .success()
        {
            let output = attempt(&sandbox.path(""), &[shell.name(), file.to_str().unwrap()]);
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{shell}: {output:?}"
            );
        }
    }
}
