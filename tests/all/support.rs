//! A sealed place for one test: its own home, configuration, PATH and
//! repository, the real program, the real git, and a scripted agent.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

#[path = "../support/fake.rs"]
pub(crate) mod fake;

/// The longest any condition is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Programs that git and hooks need; no agent is among them.
const PROGRAMS: &[&str] = &[
    "git", "sh", "env", "cat", "ls", "rm", "sed", "sleep", "true", "mkdir", "cp", "mv", "touch",
    "ps", "stty", "bash", "uname", "basename", "dirname", "expr", "tr", "head", "tail", "wc",
    "sort", "grep", "chmod", "test", "kill", "id",
];

/// The place.
pub(crate) struct Sandbox {
    dir: TempDir,
    /// The repository.
    pub(crate) repo: PathBuf,
}

/// What a program printed, as text.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit code; 128 + signal where one ended it.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Of a finished program.
    pub(crate) fn of(output: &Output) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output
            .status
            .code()
            .unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
        Self {
            code,
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Asserts the exit code, with everything printed on a mismatch.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }

    /// Asserts that the input was refused: exit code 2, one error that says all of these words, a hint.
    #[track_caller]
    pub(crate) fn refuses(self, words: &[&str]) -> Self {
        let ran = self.exits(2);
        assert_eq!(ran.out, "");
        let begins = |with: &str| {
            ran.err
                .lines()
                .filter(|line| line.starts_with(with))
                .count()
        };
        assert!(
            begins("error: ") == 1 && begins("hint: ") > 0,
            "{}",
            ran.err
        );
        for word in words {
            assert!(ran.err.contains(word), "`{word}` is not in {}", ran.err);
        }
        ran
    }

    /// The output as a JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

impl Sandbox {
    /// An empty repository on branch `main`.
    pub(crate) fn new() -> Self {
        let sandbox = Self::bare_place();
        fs::create_dir(&sandbox.repo).unwrap();
        sandbox.git(&["init", "-q", "-b", "main"]).exits(0);
        sandbox
    }

    /// A repository with one commit that holds `README.md`.
    pub(crate) fn with_commit() -> Self {
        let sandbox = Self::new();
        sandbox.write("README.md", "# A project\n");
        sandbox.commit("start");
        sandbox
    }

    /// No repository at all.
    pub(crate) fn bare_place() -> Self {
        let dir = TempDir::with_prefix("git-agents-test-").unwrap();
        let root = dir.path();
        for name in ["home", "bin", "state", "config", "tmp"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let search = std::env::var_os("PATH").unwrap_or_default();
        for name in PROGRAMS {
            if let Ok(path) = which::which_in(name, Some(&search), root) {
                symlink(path, root.join("bin").join(name)).unwrap();
            }
        }
        symlink(program(), root.join("bin/git-agents")).unwrap();
        fs::write(root.join("home/.gitconfig"), GITCONFIG).unwrap();
        let repo = root.join("repo");
        Self { dir, repo }
    }

    /// The place's own directory.
    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// A command with nothing but the place's environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let root = self.root();
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(if self.repo.is_dir() { &self.repo } else { root })
            .stdin(Stdio::null());
        command
            .env("PATH", root.join("bin"))
            .env("HOME", root.join("home"))
            .env("XDG_STATE_HOME", root.join("state"))
            .env("XDG_CONFIG_HOME", root.join("config"))
            .env("TMPDIR", root.join("tmp"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("USER", "tester")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z");
        command
    }

    /// Runs git.
    pub(crate) fn git(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command("git").args(args).output().unwrap())
    }

    /// Runs git in another directory of the place.
    pub(crate) fn git_in(&self, dir: &Path, args: &[&str]) -> Ran {
        Ran::of(
            &self
                .command("git")
                .current_dir(dir)
                .args(args)
                .output()
                .unwrap(),
        )
    }

    /// Runs the program as git would, by its subcommand.
    pub(crate) fn agents(&self, args: &[&str]) -> Ran {
        self.git(&[&["agents"], args].concat())
    }

    /// Runs the program in another directory.
    pub(crate) fn agents_in(&self, dir: &Path, args: &[&str]) -> Ran {
        self.git_in(dir, &[&["agents"], args].concat())
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.repo.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits everything; returns the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]).exits(0);
        self.git(&["commit", "-q", "--no-verify", "-m", message])
            .exits(0);
        self.head()
    }

    /// The id of HEAD.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
            .exits(0)
            .out
            .trim()
            .to_owned()
    }

    /// Sets a key in the user's configuration.
    pub(crate) fn config(&self, key: &str, value: &str) {
        self.git(&["config", "--global", key, value]).exits(0);
    }

    /// Makes the scripted agent the `command` backend of all agents. The
    /// script's format stands at the head of `tests/support/fake_agent.rs`.
    pub(crate) fn fake_agent(&self, script: &serde_json::Value) {
        let path = fake::script(self.root(), "script", script);
        self.config(
            "agents.command",
            &format!("{} {}", fake::fake_agent().display(), path.display()),
        );
        self.config("agents.backend", "command");
    }

    /// How far the run is, as `status` says in this directory; empty where it is not listed.
    pub(crate) fn phase_in(&self, dir: &Path, run: &str) -> String {
        let ran = self.agents_in(dir, &["status", "--json"]).exits(0);
        let mut rows = ran
            .out
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        rows.find(|row| row["run"] == run)
            .map(|row| row["phase"].as_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    /// The store of the repository.
    pub(crate) fn store(&self) -> PathBuf {
        self.repo.join(".git/agents/v1")
    }
}

const GITCONFIG: &str = "[user]\n\tname = Test Person\n\temail = test@example.invalid\n[commit]\n\tgpgsign = false\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n";

/// The program under test.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_git-agents"))
}

/// Waits until `condition` holds; fails loudly after five minutes.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
