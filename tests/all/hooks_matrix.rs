//! Everyday git commands, each with a report waiting: how often it is told, and
//! where.

#![expect(clippy::print_stdout, reason = "what could not be tried is said")]

use std::fs;
use std::path::Path;
use std::process::Command;

use expectrl::Expect;
use expectrl::session::OsSession;

use crate::hooked::names;
use crate::pty;
use crate::support::{Sandbox, eventually, program};

const TITLE: &str = "Name is pasted into SQL";

/// Command, what is done before it, and where the hooks alone print: `before` or
/// `after` the command's own output, `alone` where it has none, or `not`. With
/// shell-init every one tells: those that the hooks leave, after the command.
const TABLE: &[(&str, &str, &str)] = &[
    ("status", "", "before"),
    ("status -s", "echo 1 >>a", "before"),
    ("diff", "echo 1 >>a", "not"),
    ("add a", "echo 1 >>a", "alone"),
    ("add -A", "echo 1 >new", "alone"),
    ("commit -m x", "echo 1 >>a; git add a", "before"),
    ("commit -am x", "echo 1 >>a", "before"),
    ("commit --amend -m x", "", "before"),
    ("commit --allow-empty -m x", "", "before"),
    ("log --oneline", "", "not"),
    ("show", "", "not"),
    ("blame a", "", "not"),
    ("grep one", "", "not"),
    ("ls-files", "", "not"),
    ("branch", "", "not"),
    ("branch new", "", "not"),
    ("branch -D side", "", "not"),
    ("tag v1", "", "not"),
    ("remote -v", "", "not"),
    ("rev-parse HEAD", "", "not"),
    ("config --get user.name", "", "not"),
    ("clean -n", "touch untracked", "not"),
    ("switch side", "", "before"),
    ("switch -c new", "", "after"),
    ("checkout side", "", "before"),
    ("checkout -- a", "echo 1 >>a", "alone"),
    ("restore a", "echo 1 >>a", "alone"),
    ("restore --staged a", "echo 1 >>a; git add a", "alone"),
    ("reset --hard", "echo 1 >>a", "before"),
    ("reset --soft HEAD~1", "", "not"),
    ("reset", "echo 1 >>a; git add a", "after"),
    ("stash", "echo 1 >>a", "before"),
    ("stash pop", "echo 1 >>a; git stash", "before"),
    ("stash list", "", "not"),
    ("rm b", "", "after"),
    ("mv b c", "", "alone"),
    ("merge --ff-only ahead", "", "after"),
    ("merge -m x side", "", "after"),
    ("merge --squash side", "", "not"),
    ("rebase side", "", "before"),
    ("rebase --apply side", "", "before"),
    ("cherry-pick side", "", "before"),
    ("cherry-pick main..ahead", "git reset --hard HEAD~1", "not"),
    ("revert --no-edit HEAD", "", "before"),
    ("am ../one.patch", "", "not"),
    ("fetch", "", "not"),
    ("pull --ff-only", "git reset --hard HEAD~1", "after"),
    ("pull --rebase", "echo 1 >>a; git commit -am mine", "not"),
    ("push -q origin HEAD:refs/heads/new", "", "alone"),
    ("worktree add ../linked", "", "not"),
    ("bisect start", "", "not"),
];

/// With shell-init: where the hooks leave it, the prompt tells; in the middle of a bisection nobody does.
fn with_shell(words: &str, hooks: &'static str) -> &'static str {
    match hooks {
        "not" if words == "bisect start" => "not",
        "not" => "after",
        told => told,
    }
}

/// The README's table of what prints where.
fn readme_table() -> String {
    let said = |place: &str| match place {
        "not" => "–".to_owned(),
        "alone" => "once".to_owned(),
        place => format!("once, {place}"),
    };
    let row = |(words, _, hooks): &(&str, &str, &'static str)| {
        format!(
            "| `git {words}` | {} | {} |\n",
            said(hooks),
            said(with_shell(words, hooks))
        )
    };
    let head = "| with a report waiting | hooks alone | bash, zsh, fish with `shell-init` |\n|---|---|---|\n";
    format!("{head}{}", TABLE.iter().map(row).collect::<String>())
}

#[test]
fn the_readme_says_what_prints_where() {
    assert!(TABLE.len() >= 30);
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let table = readme_table();
    assert!(
        readme.contains(&table),
        "the README wants this table:\n{table}"
    );
}

/// The place, a copy of it from before every command, and the one run.
struct Stage {
    place: Sandbox,
    run: String,
}

impl Stage {
    fn new() -> Self {
        let place = Sandbox::hooked();
        let quiet = |line: &str| {
            let output = place
                .command("sh")
                .args(["-ec", line])
                .env("GIT_AGENTS", "0")
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{line}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        quiet(
            "git init -q --bare ../remote; git remote add origin ../remote
             echo one >a; echo two >b; git add -A; git commit -qm two; git push -qu origin main
             git switch -qc side; echo s >s; git add s; git commit -qm side
             git switch -q main; git switch -qc theirs; echo t >t; git add t; git commit -qm theirs
             git push -q origin theirs:main; git switch -q main; git branch -D theirs; git update-ref -d refs/remotes/origin/theirs
             git update-ref refs/remotes/origin/main main",
        );
        place.write_hole(TITLE);
        place.commit_hooked("hole");
        place.wait_ready(1);
        place.config("agents.auto", "never");
        // the gate has its own words
        place.config("agents.gate", "off");
        quiet(
            "git switch -qc ahead; for n in 1 2 3; do echo $n >n$n; git add n$n; git commit -qm n$n; done
             git format-patch -1 --stdout >../one.patch; git switch -q main; git update-ref refs/heads/ahead ahead",
        );
        let run = names(&place.store().join("ready")).pop().unwrap();
        for name in ["repo", "remote"] {
            copy(
                &place.root().join(name),
                &place.root().join("kept").join(name),
            );
        }
        let _ = fs::remove_dir_all(place.root().join("state/git-agents"));
        Self { place, run }
    }

    /// Everything as it was, `before` done without us; a report waits, or none.
    fn set(&self, before: &str, waits: bool) {
        self.place.quiet();
        for name in ["repo", "remote", "linked"] {
            let dir = self.place.root().join(name);
            // a supervisor on its way out may still write
            eventually("the directory is empty", || {
                for entry in names(&dir).iter().map(|entry| dir.join(entry)) {
                    let _ = if entry.is_dir() {
                        fs::remove_dir_all(&entry)
                    } else {
                        fs::remove_file(&entry)
                    };
                }
                names(&dir).is_empty()
            });
            copy(&self.place.root().join("kept").join(name), &dir);
        }
        let _ = fs::remove_dir(self.place.root().join("linked"));
        let line = format!("git status >/dev/null; {before}");
        let output = self
            .place
            .command("sh")
            .args(["-c", &line])
            .env("GIT_AGENTS", "0")
            .output()
            .unwrap();
        assert!(output.status.success(), "{before}");
        let ready = self.place.store().join("ready").join(&self.run);
        if !waits {
            fs::create_dir_all(self.place.store().join("delivered")).unwrap();
            fs::rename(&ready, self.place.store().join("delivered").join(&self.run)).unwrap();
            return;
        }
        fs::write(self.place.store().join("waiting"), "").unwrap();
        let state = self.place.root().join("state/git-agents");
        fs::create_dir_all(&state).unwrap();
        fs::write(
            state.join("waiting"),
            format!("{}\n", self.place.repo.join(".git").display()),
        )
        .unwrap();
        git_agents::testing::Repo::open(&self.place.repo.join(".git"), Some(&self.place.repo))
            .unwrap()
            .nudge()
            .unwrap();
    }

    fn git(&self, words: &str) -> Command {
        let mut command = self.place.command("git");
        command
            .args(words.split(' '))
            .env("GIT_PAGER", "tr x x")
            .env("GIT_EDITOR", "true");
        command
    }

    /// The command's own output on a terminal.
    fn own(&self, words: &str, before: &str) -> Vec<String> {
        self.set(before, false);
        let mut command = self.git(words);
        command.env("GIT_AGENTS", "0");
        let shown = pty::show(command);
        assert_eq!(shown.code, 0, "{words}: {}", shown.text);
        lines(&shown.text)
    }
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        return;
    }
    fs::create_dir_all(to).unwrap();
    let status = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Where the report stands among the command's own lines.
fn placed(own: &[String], text: &str) -> String {
    let all = lines(text);
    match text.matches(TITLE).count() {
        0 => return "not".to_owned(),
        1 => {}
        more => return format!("{more} times"),
    }
    let head = own.iter().zip(&all).take_while(|(a, b)| a == b).count();
    let tail = own
        .iter()
        .rev()
        .zip(all.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    match (own.is_empty(), tail == own.len(), head == own.len()) {
        (true, ..) => "alone".to_owned(),
        (_, true, _) => "before".to_owned(),
        (_, _, true) => "after".to_owned(),
        _ => format!("inside: {text}"),
    }
}

#[test]
fn hooks_alone_tell_where_the_table_says_and_never_when_captured() {
    let stage = Stage::new();
    let mut wrong = Vec::new();
    for (words, before, expected) in TABLE {
        let own = stage.own(words, before);
        stage.set(before, true);
        let found = placed(&own, &pty::show(stage.git(words)).text);
        if found != *expected {
            wrong.push(format!("git {words}: {found}, expected {expected}"));
        }
        stage.set(before, true);
        let output = stage.git(words).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        if text.contains(TITLE) || stage.place.ready() != 1 {
            wrong.push(format!("git {words}, captured: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_told_goes_to_standard_error() {
    let stage = Stage::new();
    for (words, before, _) in TABLE.iter().filter(|(_, _, expected)| *expected != "not") {
        stage.set(before, true);
        let mut command = stage.place.command("sh");
        command
            .args(["-c", &format!("git {words} >../out")])
            .env("GIT_EDITOR", "true");
        let shown = pty::show(command);
        let out = fs::read_to_string(stage.place.root().join("out")).unwrap();
        assert!(
            shown.count(TITLE) == 1 && !out.contains(TITLE),
            "git {words}: {}\n{out}",
            shown.text
        );
    }
}

/// An interactive shell with our line in its start file.
struct Shell {
    session: OsSession,
    lines: usize,
}

impl Shell {
    fn open(place: &Sandbox, name: &str) -> Option<Self> {
        let path = which::which(name).ok()?;
        let (rc, prompt) = match name {
            "bash" => (
                ".bashrc",
                "PS1='<$?>$ '; bind 'set enable-bracketed-paste off'",
            ),
            "zsh" => (".zshrc", "PS1='<%?>$ '; unsetopt zle prompt_cr prompt_sp"),
            _ => (
                ".config/fish/config.fish",
                "function fish_prompt; echo \"<$status>\\$ \"; end; set -U fish_greeting",
            ),
        };
        let home = place.root().join("home");
        let init = Command::new(program())
            .args(["shell-init", name])
            .output()
            .unwrap()
            .stdout;
        fs::create_dir_all(home.join(".config/fish")).unwrap();
        fs::create_dir_all(place.root().join("config/fish")).unwrap();
        let text = format!("{prompt}\n{}\n", String::from_utf8(init).unwrap());
        fs::write(home.join(rc), &text).unwrap();
        fs::write(place.root().join("config/fish/config.fish"), &text).unwrap();
        let sealed = place.command(&path);
        let mut command = Command::new(path);
        command.env_clear().current_dir(&place.repo);
        command.envs(
            sealed
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command
            .arg("-i")
            .env("TERM", "dumb")
            .env("GIT_PAGER", "tr x x")
            .env("GIT_EDITOR", "true");
        let mut session = OsSession::spawn(command).unwrap();
        session.set_expect_timeout(Some(crate::support::PATIENCE));
        let mut shell = Self { session, lines: 0 };
        shell.line("true");
        Some(shell)
    }

    /// Types a line; returns what is shown up to what a second one prints: a
    /// shell may draw its prompt more than once.
    fn line(&mut self, text: &str) -> String {
        self.lines += 1;
        self.session.send_line(text).unwrap();
        self.session
            .send_line(format!("echo sy''nc {}", self.lines))
            .unwrap();
        let found = self
            .session
            .expect(format!("sync {}\r\n", self.lines))
            .unwrap();
        String::from_utf8_lossy(found.before()).replace('\r', "")
    }
}

fn every_command_tells_once_in(name: &str) {
    let stage = Stage::new();
    let Some(mut shell) = Shell::open(&stage.place, name) else {
        println!("{name} is not here");
        return;
    };
    let mut wrong = Vec::new();
    for (words, before, expected) in TABLE {
        stage.set(before, true);
        let text = shell.line(&format!("git {words}"));
        // a sequence has ended by the time of the prompt; a bisection goes on
        let told = with_shell(words, expected);
        let times = usize::from(told != "not");
        let at_end = text
            .rfind(TITLE)
            .is_some_and(|at| text[at..].lines().count() <= 25);
        if text.matches(TITLE).count() != times || (told == "after" && !at_end) {
            wrong.push(format!("git {words}: {text:?}"));
        }
        let again = shell.line("git branch");
        if again.contains(TITLE) {
            wrong.push(format!("git {words}, then git branch: {again}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn with_bash_every_command_tells_once() {
    every_command_tells_once_in("bash");
}

#[test]
fn with_zsh_every_command_tells_once() {
    every_command_tells_once_in("zsh");
}

#[test]
fn with_fish_every_command_tells_once() {
    every_command_tells_once_in("fish");
}
