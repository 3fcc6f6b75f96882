//! Completion in the real shells on a pseudo-terminal: what a person sees after Tab.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test says what it could run")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use expectrl::Expect;
use expectrl::session::OsSession;

const PATIENCE: Duration = Duration::from_secs(120);
/// The end of what a shell printed, made so that the typed line does not hold it.
const END: &str = "OVER";

/// A home and a repository with one reviewed commit.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(place.path("home/.config/fish")).unwrap();
        fs::create_dir_all(place.path("repo/src")).unwrap();
        place.run("git", &["init", "-q", "-b", "main"]);
        fs::write(place.path("repo/src/db.py"), "import sqlite3\n").unwrap();
        place.run("git", &["add", "-A"]);
        place.run("git", &["commit", "-q", "-m", "Start"]);
        let hole = "import sqlite3\n\n\ndef find(cur, name):\n    cur.execute(\"SELECT * FROM t WHERE n = '\" + name + \"'\")\n    return cur.fetchone()\n";
        fs::write(place.path("repo/src/db.py"), hole).unwrap();
        place.run("git", &["commit", "-q", "-am", "Look up names"]);
        place.run("git", &["branch", "topic/one"]);
        let reviewed = place.run("git", &["agents", "run", "HEAD", "--backend", "offline"]);
        assert!(
            reviewed.status.code().is_some_and(|code| code < 2),
            "{reviewed:?}"
        );
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    fn command(&self, program: &str) -> Command {
        let binaries = Path::new(env!("CARGO_BIN_EXE_git-agents"))
            .parent()
            .unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command
            .current_dir(self.path("repo"))
            .env_clear()
            .env("PATH", format!("{}:{path}", binaries.display()))
            .env("HOME", self.path("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "dumb")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "A")
            .env("GIT_COMMITTER_EMAIL", "a@example.org");
        command
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        let output = self.command(program).args(args).output().unwrap();
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{args:?}: {output:?}"
        );
        output
    }

    /// The short ids that the first column of a command's output holds.
    fn ids(&self, args: &[&str]) -> Vec<String> {
        let text = String::from_utf8(self.run("git", args).stdout).unwrap();
        let ids = text
            .lines()
            .filter_map(|line| line.split_whitespace().next());
        let is_id = |word: &&str| {
            word.len() >= 4 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        };
        ids.filter(is_id).map(str::to_owned).collect()
    }

    fn has(&self, shell: &str) -> bool {
        let found = self
            .command("sh")
            .args(["-c", &format!("command -v {shell}")])
            .output();
        let here = found.unwrap().status.success();
        println!("{shell} is {}here", if here { "" } else { "not " });
        here
    }
}

/// An interactive shell that has read its start file.
struct Terminal {
    session: OsSession,
    is_zsh: bool,
}

impl Terminal {
    fn open(place: &Place, shell: &str, rc: &str, start: &str) -> Self {
        fs::write(place.path(rc), start).unwrap();
        let mut command = place.command(shell);
        command.arg("-i");
        let mut session = OsSession::spawn(command).unwrap();
        session.set_expect_timeout(Some(PATIENCE));
        session.get_process_mut().set_window_size(200, 50).unwrap();
        let mut terminal = Self {
            session,
            is_zsh: shell == "zsh",
        };
        terminal.session.send_line("echo RE''ADY").unwrap();
        terminal.session.expect("READY").unwrap();
        terminal
    }

    /// What the shell makes of a line and Tab: the line as completed, then what it lists at the
    /// second Tab.
    fn tab(&mut self, line: &str) -> String {
        if self.is_zsh {
            // the start file binds Tab to complete, and then to print what the line became:
            // zsh lists nothing while more keys wait
            self.session.send(format!("{line}\t")).unwrap();
        } else {
            // to the beginning of the line, a command that prints, and the rest as its arguments
            let keys = format!("{line}\t\t\t\u{1}printf '[%s]' \u{5}; echo O''VER\r");
            self.session.send(keys).unwrap();
        }
        let found = self
            .session
            .expect(END)
            .unwrap_or_else(|e| panic!("{line}: {e}"));
        let text = String::from_utf8_lossy(found.before()).into_owned();
        console::strip_ansi_codes(&text).replace('\r', "")
    }
}

/// What every shell must do, whatever it lists.
fn check(place: &Place, terminal: &mut Terminal, shell: &str) {
    for program in ["git agents", "git-agents"] {
        let words: Vec<&str> = program.split(' ').collect();
        let bracketed: String = words.iter().map(|word| format!("[{word}]")).collect();
        let completes = |terminal: &mut Terminal, typed: &str, made: &str| {
            let text = terminal.tab(&format!("{program} {typed}"));
            let made: String = made.split(' ').map(|word| format!("[{word}]")).collect();
            assert!(
                text.contains(&format!("{bracketed}{made}")),
                "{shell}: {program} {typed}: {text}"
            );
        };
        completes(terminal, "dism", "dismiss");
        completes(terminal, "run --stag", "run --staged");
        completes(terminal, "run --backend offl", "run --backend offline");
        completes(terminal, "report --format j", "report --format json");
        completes(terminal, "run --agents secu", "run --agents security");
        completes(terminal, "run topi", "run topic/one");
        completes(terminal, "run main..topi", "run main..topic/one");
        completes(
            terminal,
            "config agents.budget.da",
            "config agents.budget.daily",
        );
        let finding = place.ids(&["agents", "findings", "--all"]).remove(0);
        completes(
            terminal,
            &format!("show {}", &finding[..4]),
            &format!("show {finding}"),
        );
        let run = place.ids(&["agents", "status"]).remove(0);
        completes(
            terminal,
            &format!("logs {}", &run[..5]),
            &format!("logs {run}"),
        );

        let listed = terminal.tab(&format!("{program} run --"));
        for option in [
            "--staged",
            "--worktree",
            "--backend",
            "--agents",
            "--fail-on",
        ] {
            assert!(
                listed.contains(option),
                "{shell}: {program}: {option}: {listed}"
            );
        }
        assert!(!listed.contains("--watch"), "{shell}: {program}: {listed}");
        let hidden = terminal.tab(&format!("{program} _"));
        for name in ["_deliver", "_supervise", "_http", "_detached", "_complete"] {
            assert!(!hidden.contains(name), "{shell}: {program}: {hidden}");
        }
    }
}

fn script_of(place: &Place, shell: &str) -> String {
    let printed = place.run("git", &["agents", "completions", shell]);
    String::from_utf8(printed.stdout).unwrap()
}

#[test]
fn bash_completes_through_the_completion_of_git() {
    let place = Place::new();
    let git = Path::new("/usr/share/bash-completion/completions/git");
    if !place.has("bash") || !git.exists() {
        println!("git's completion for bash is not here");
        return;
    }
    let start = format!(
        "PS1='> '\nbind 'set enable-bracketed-paste off'\nbind 'set completion-query-items 0'\n\
         bind 'set page-completions off'\n. {}\n{}",
        git.display(),
        script_of(&place, "bash")
    );
    let mut terminal = Terminal::open(&place, "bash", "home/.bashrc", &start);
    check(&place, &mut terminal, "bash");
    let text = terminal.tab("git -C . agents report --format=mark");
    assert!(text.contains("[report][--format=markdown]"), "{text}");
    let text = terminal.tab("git-agents report --format=mark");
    assert!(text.contains("[report][--format=markdown]"), "{text}");
}

#[test]
fn zsh_completes_through_its_completion_of_git() {
    let place = Place::new();
    if !place.has("zsh") {
        return;
    }
    let start = format!(
        "PS1='> '\nunsetopt beep\nLISTMAX=1000\nautoload -Uz compinit\ncompinit -u -D\nbindkey -e\n\
         tell() {{ zle expand-or-complete; BUFFER=\"printf '[%s]' $BUFFER; echo O''VER\"; zle accept-line }}\n\
         zle -N tell\nbindkey '^I' tell\n{}",
        script_of(&place, "zsh")
    );
    let mut terminal = Terminal::open(&place, "zsh", "home/.zshrc", &start);
    check(&place, &mut terminal, "zsh");
    let text = terminal.tab("git agen");
    assert!(text.contains("[git][agents]"), "{text}");
}

#[test]
fn fish_completes_beside_its_completion_of_git() {
    let place = Place::new();
    if !place.has("fish") {
        return;
    }
    let start = format!(
        "function fish_prompt; echo '> '; end\nset -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n{}",
        script_of(&place, "fish")
    );
    fs::write(place.path("home/.config/fish/config.fish"), start).unwrap();
    // what fish offers for a line, as it says itself
    let offered = |line: &str| {
        let output = place
            .command("fish")
            .args(["-i", "-c", &format!("complete -C '{line}'")])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let words = text
            .lines()
            .map(|line| line.split('\t').next().unwrap_or_default().to_owned());
        words.collect::<Vec<String>>()
    };
    let finding = place.ids(&["agents", "findings", "--all"]).remove(0);
    for program in ["git agents", "git -C . agents", "git-agents"] {
        let offered = |rest: &str| offered(&format!("{program} {rest}"));
        assert_eq!(offered("dism"), ["dismiss"], "{program}");
        assert_eq!(offered("run --stag"), ["--staged"], "{program}");
        assert_eq!(offered("run --backend offl"), ["offline"], "{program}");
        assert_eq!(offered("run topi"), ["topic/one"], "{program}");
        assert_eq!(
            offered(&format!("show {}", &finding[..4])),
            std::slice::from_ref(&finding),
            "{program}"
        );
        let options = offered("run --");
        assert!(
            options.contains(&"--fail-on".to_owned()),
            "{program}: {options:?}"
        );
        assert!(
            !options.contains(&"--watch".to_owned()),
            "{program}: {options:?}"
        );
        let all = offered("");
        assert!(all.contains(&"report".to_owned()), "{program}: {all:?}");
        assert!(
            all.iter().all(|word| !word.starts_with('_')),
            "{program}: {all:?}"
        );
        assert!(!all.contains(&"src/".to_owned()), "{program}: {all:?}");
    }
}
