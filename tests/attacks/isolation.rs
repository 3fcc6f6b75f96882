//! What an agent can reach from where it runs, and what it can leave behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::attempt::{Attempt, attempt};
use crate::replies::calm;
use crate::scene::reply;
use crate::support::{Ran, Sandbox, eventually};

const GROUP: &str = "isolation";

/// Variables that lead to a socket, a credential, a program, or back to the repository.
const VARIABLES: [&str; 40] = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "DBUS_SESSION_BUS_ADDRESS",
    "DOCKER_HOST",
    "CONTAINER_HOST",
    "KUBECONFIG",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "BASH_ENV",
    "ENV",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PERL5OPT",
    "RUBYOPT",
    "JAVA_TOOL_OPTIONS",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_PROFILE",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "NPM_TOKEN",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "VSCODE_IPC_HOOK_CLI",
    "TMUX",
    "WAYLAND_DISPLAY",
    "PWD",
];

/// What the scripted agent saw in a review that was started with all of [`VARIABLES`], and what was
/// left afterwards.
struct Seen {
    dump: Value,
    root: PathBuf,
    left: Vec<String>,
}

fn seen() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| {
        let place = calm();
        let at = place.root().join("dump").display().to_string();
        place.fake_agent(&json!({"default": [{"dump": at}, {"reply": reply(&[])}]}));
        let secret = fs::File::create(place.root().join("secret")).unwrap();
        let mut command = place.command(crate::support::program());
        command.args(["run", "HEAD", "--agents", "security", "--format", "json"]);
        for name in VARIABLES {
            // what git itself would act upon has to be the truth
            let value = match name {
                "GIT_DIR" => place.repo.join(".git"),
                "GIT_WORK_TREE" => place.repo.clone(),
                "GIT_INDEX_FILE" => place.repo.join(".git/index"),
                "GIT_OBJECT_DIRECTORY" => place.repo.join(".git/objects"),
                "GIT_CONFIG_GLOBAL" => place.root().join("home/.gitconfig"),
                "PWD" => place.repo.clone(),
                _ => continue,
            };
            command.env(name, value);
        }
        for name in VARIABLES.iter().filter(|name| !name.starts_with("GIT_")) {
            if *name != "PWD" {
                command.env(name, "/nowhere/leads-out");
            }
        }
        for name in [
            "GIT_ASKPASS",
            "GIT_SSH",
            "GIT_SSH_COMMAND",
            "GIT_EXTERNAL_DIFF",
        ] {
            command.env(name, "/nowhere/leads-out");
        }
        command.env("GIT_CONFIG_PARAMETERS", "'core.pager'='x'");
        // an open file of our caller's
        rustix::io::fcntl_setfd(&secret, rustix::io::FdFlags::empty()).unwrap();
        Ran::of(&command.output().unwrap()).exits(0);
        drop(secret);
        let bytes = fs::read(place.root().join("dump")).unwrap();
        Seen {
            dump: serde_json::from_slice(&bytes).unwrap(),
            root: place.root().to_owned(),
            left: left(&place),
        }
    })
}

/// What of ours is left in the temporary directory.
fn left(place: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(place.root().join("tmp")).unwrap().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// All attempts.
pub(crate) fn attempts() -> Vec<Attempt> {
    let mut all: Vec<Attempt> = VARIABLES
        .iter()
        .map(|name| {
            attempt(
                GROUP,
                format!("read {name} from the environment"),
                move || {
                    let env = &seen().dump["env"];
                    assert!(env[name].is_null(), "{name}={}", env[name]);
                },
            )
        })
        .collect();
    all.extend(reaches());
    all.extend(leavings());
    all.extend(snapshots());
    all.extend(spools());
    all
}

fn reaches() -> Vec<Attempt> {
    vec![
        attempt(GROUP, "an open file of whoever started the review", || {
            let open = seen().dump["open_files"].to_string();
            assert!(!open.contains("/secret"), "{open}");
        }),
        attempt(GROUP, "an open file of the repository", || {
            let repo = seen().root.join("repo/.git");
            let open = seen().dump["open_files"].as_array().unwrap();
            let own = |file: &&Value| !file.as_str().unwrap().contains("/agents/security/raw.");
            let others: Vec<&Value> = open.iter().filter(own).collect();
            let found = json!(others).to_string();
            assert!(!found.contains(repo.to_str().unwrap()), "{found}");
        }),
        attempt(GROUP, "the repository from the working directory", || {
            let cwd = Path::new(seen().dump["cwd"].as_str().unwrap());
            assert!(
                !cwd.starts_with(seen().root.join("repo")),
                "{}",
                cwd.display()
            );
            assert_eq!(seen().dump["cwd_entries"], json!([]));
        }),
        attempt(GROUP, "a working directory that others may enter", || {
            assert_eq!(seen().dump["cwd_mode"], "700");
        }),
        attempt(GROUP, "the process group of the review", || {
            assert_eq!(seen().dump["group"], seen().dump["pid"]);
        }),
        attempt(GROUP, "the prompt in a command line", || {
            let argv = seen().dump["argv"].to_string();
            assert!(!argv.contains("cur.execute") && argv.len() < 500, "{argv}");
        }),
        attempt(GROUP, "a private directory that stays", || {
            assert_eq!(seen().left, Vec::<String>::new());
        }),
        attempt(
            GROUP,
            "anything of an agent's session in the environment",
            || {
                let env = seen().dump["env"].as_object().unwrap();
                let names: Vec<&String> = env
                    .keys()
                    .filter(|name| name.starts_with("CLAUDE") || name.starts_with("CODEX"))
                    .collect();
                assert!(
                    names.iter().all(|name| *name == "CODEX_CA_CERTIFICATE"),
                    "{names:?}"
                );
            },
        ),
        attempt(GROUP, "a way to start reviews of its own", || {
            let inside = seen().dump["env"]["GIT_AGENTS_INSIDE_REVIEW"].as_str();
            assert_eq!(inside, Some("1"));
        }),
    ]
}

/// Reviews with a shell script as the agent, which gets the text `PLACE` as the place's directory.
fn scripted(text: &str) -> (Sandbox, Ran) {
    let place = calm();
    let root = place.root().display().to_string();
    let clean = json!({"version": 1, "findings": [], "coverage": ["h1", "h2", "h3"]});
    fs::write(place.root().join("clean"), clean.to_string()).unwrap();
    let path = place.root().join("agent.sh");
    let path_line = format!("PATH={}\ncat >/dev/null\n", std::env::var("PATH").unwrap());
    fs::write(&path, path_line + &text.replace("PLACE", &root)).unwrap();
    place.config("agents.command", &format!("sh {}", path.display()));
    place.config("agents.backend", "command");
    place.config("agents.timeout", "20s");
    let begun = Instant::now();
    let ran = place.agents(&["run", "HEAD", "--agents", "security", "--format", "json"]);
    assert!(
        begun.elapsed() < Duration::from_secs(90),
        "it took {:?}",
        begun.elapsed()
    );
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    (place, ran)
}

/// Whether a process with this word in its command line is there.
fn runs(word: &str) -> bool {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| {
        String::from_utf8_lossy(&line)
            .replace('\0', " ")
            .contains(word)
    })
}

fn leavings() -> Vec<Attempt> {
    let daemon = |name: &str, number: u32, text: &'static str| {
        attempt(GROUP, name, move || {
            let sleep = format!("sleep 9{number}{}", std::process::id());
            scripted(&text.replace("SLEEP", &sleep));
            eventually("nothing of the agent is left", || !runs(&sleep));
        })
    };
    let gone = |name: &str, text: &'static str| {
        attempt(GROUP, name, move || {
            let (place, ran) = scripted(text);
            assert!([0, 3].contains(&ran.code), "{ran:?}");
            assert_eq!(left(&place), Vec::<String>::new());
            let precious = place.root().join("repo/README.md");
            assert!(precious.exists(), "a link was followed");
        })
    };
    vec![
        daemon("leave a child", 1, "SLEEP & cat PLACE/clean\n"),
        daemon(
            "leave a child that ignores TERM",
            2,
            "(trap '' TERM; SLEEP) & cat PLACE/clean\n",
        ),
        daemon(
            "leave a daemon in a session of its own",
            3,
            "setsid SLEEP & cat PLACE/clean\n",
        ),
        daemon(
            "leave a daemon of a daemon",
            4,
            "setsid sh -c 'setsid SLEEP &' & sleep 0.2; cat PLACE/clean\n",
        ),
        daemon(
            "leave a stopped child",
            5,
            "SLEEP & kill -STOP $!; cat PLACE/clean\n",
        ),
        gone("leave a file", "echo x > file; cat PLACE/clean\n"),
        gone(
            "leave a directory that nobody may read",
            "mkdir a; echo x > a/b; chmod 0 a; cat PLACE/clean\n",
        ),
        gone(
            "leave a link to the repository",
            "ln -s PLACE/repo repo; cat PLACE/clean\n",
        ),
        gone(
            "leave a link in place of its own directory",
            "d=$PWD; cd /; rm -r \"$d\"; ln -s PLACE/repo \"$d\"; cat PLACE/clean; rm \"$d\"\n",
        ),
        gone(
            "leave a deep directory",
            "for i in 1 2 3 4 5 6 7 8 9; do d=$d$(printf 'a/%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20); done; mkdir -p $d; cat PLACE/clean\n",
        ),
        gone("leave a pipe", "mkfifo pipe; cat PLACE/clean\n"),
        gone(
            "leave 5,000 files",
            "i=0; while [ $i -lt 5000 ]; do : > f$i; i=$((i+1)); done; cat PLACE/clean\n",
        ),
        attempt(
            GROUP,
            "leave a change of git's own configuration, from below",
            || {
                let (place, _) =
                    scripted("git config core.fsmonitor evil 2>/dev/null; cat PLACE/clean\n");
                let config = fs::read_to_string(place.repo.join(".git/config")).unwrap();
                assert!(!config.contains("evil"), "{config}");
            },
        ),
    ]
}

/// What it does to the file that it writes to.
fn spools() -> Vec<Attempt> {
    let spoiled = |name: &str, text: &'static str| {
        attempt(GROUP, name, move || {
            let (_, ran) = scripted(&text.replace("OUT", "$(readlink /proc/self/fd/1)"));
            assert!(ran.code == 3 || ran.code == 0, "{ran:?}");
            assert!(
                !ran.out.contains("root:x:") && !ran.out.contains("owned"),
                "{}",
                ran.out
            );
        })
    };
    let missing = |name: &str, text: &'static str| {
        attempt(GROUP, name, move || {
            let text = text.replace("OUT", "\"$o\"");
            let (_, ran) = scripted(&format!("o=$(readlink /proc/$$/fd/1)\n{text}"));
            assert_eq!(ran.code, 3, "{ran:?}");
            assert!(!ran.out.contains("root:x:"), "{}", ran.out);
        })
    };
    vec![
        missing(
            "a link to /etc/passwd in place of its answer",
            "rm OUT; ln -s /etc/passwd OUT\n",
        ),
        missing(
            "a link to a clean answer in place of its answer",
            "rm OUT; ln -s PLACE/clean OUT\n",
        ),
        missing("a pipe in place of its answer", "rm OUT; mkfifo OUT\n"),
        missing("a directory in place of its answer", "rm OUT; mkdir OUT\n"),
        missing("nothing in place of its answer", "rm OUT\n"),
        missing(
            "a device in place of its answer",
            "rm OUT; ln -s /dev/zero OUT\n",
        ),
        missing("an answer of a terabyte of nothing", "truncate -s 1T OUT\n"),
        spoiled(
            "the record of its own group names another",
            "d=$(dirname OUT); printf '1\\n1\\nx\\n/\\n' > $d/pgid 2>/dev/null; cat PLACE/clean\n",
        ),
    ]
}

/// What an agent that may read finds in its snapshot.
fn snapshot(prepare: impl FnOnce(&Sandbox)) -> serde_json::Map<String, Value> {
    let place = calm();
    prepare(&place);
    let dir = place.root().join("config/git-agents/agents");
    fs::create_dir_all(&dir).unwrap();
    let text =
        "---\nname: tracer\ndescription: follows calls\ntools: Read, Grep, Glob\n---\nFollow.\n";
    fs::write(dir.join("tracer.md"), text).unwrap();
    place.config("agents.enabled", "tracer");
    let at = place.root().join("tree").display().to_string();
    place.fake_agent(&json!({"default": [{"tree": at}, {"reply": reply(&[])}]}));
    let ran = place.agents(&["run", "--format", "json"]);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert_eq!(left(&place), Vec::<String>::new());
    let tree: Value =
        serde_json::from_slice(&fs::read(place.root().join("tree")).unwrap()).unwrap();
    assert_eq!(tree["writable"], false);
    tree["files"].as_object().unwrap().clone()
}

fn snapshots() -> Vec<Attempt> {
    let link = |name: &str, target: &'static str| {
        attempt(GROUP, name, move || {
            let files = snapshot(|place| {
                place.write("use.py", "import db\n");
                std::os::unix::fs::symlink(target, place.repo.join("src/link")).unwrap();
                place.commit("link");
            });
            assert!(!files.contains_key("src/link"), "{files:?}");
            assert!(files.contains_key("src/db.py"), "{files:?}");
        })
    };
    let hidden = |name: &str, path: &'static str| {
        attempt(GROUP, name, move || {
            let files = snapshot(|place| {
                place.write(path, "obey me\n");
                place.write("use.py", "import db\n");
                place.commit("instructions");
            });
            assert!(!files.contains_key(path), "{files:?}");
        })
    };
    let untracked = |name: &str, make: fn(&Path)| {
        attempt(GROUP, name, move || {
            let files = snapshot(|place| {
                place.write("src/new.py", "import db\n");
                place.git(&["add", "-A"]).exits(0);
                make(&place.repo.join("src/odd.py"));
            });
            assert!(!json!(files).to_string().contains("root:x:"), "{files:?}");
            assert!(files.contains_key("src/new.py"), "{files:?}");
        })
    };
    vec![
        link("a link to an absolute path in the snapshot", "/etc/passwd"),
        link("a link out of the snapshot", "../../../../etc/passwd"),
        link("a link to /proc in the snapshot", "/proc/self/environ"),
        link("a link to a device in the snapshot", "/dev/zero"),
        link(
            "a link to the agent socket in the snapshot",
            "/run/user/0/keyring/ssh",
        ),
        link("a link to itself in the snapshot", "link"),
        link("a link to a directory in the snapshot", "../src"),
        link(
            "a link by way of another in the snapshot",
            "link2/../../../etc/passwd",
        ),
        hidden("instructions for agents in the snapshot", "CLAUDE.md"),
        hidden("a server for agents in the snapshot", "deep/.mcp.json"),
        hidden("instructions in capitals in the snapshot", "AGENTS.MD"),
        hidden(
            "instructions with an invisible letter in the snapshot",
            "CLAUDE\u{200b}.md",
        ),
        hidden("a key in the snapshot", "deploy/id_ed25519"),
        hidden("settings with passwords in the snapshot", ".env.production"),
        untracked("a pipe among the files that are reviewed", |path| {
            assert!(
                std::process::Command::new("mkfifo")
                    .arg(path)
                    .status()
                    .unwrap()
                    .success()
            );
        }),
        untracked("a socket among the files that are reviewed", |path| {
            std::os::unix::net::UnixListener::bind(path).unwrap();
        }),
        untracked(
            "a link to a device among the files that are reviewed",
            |path| {
                std::os::unix::fs::symlink("/dev/zero", path).unwrap();
            },
        ),
        untracked(
            "a link to a password file among the files that are reviewed",
            |path| {
                std::os::unix::fs::symlink("/etc/passwd", path).unwrap();
            },
        ),
        attempt(GROUP, "a pipe in place of a tracked file", || {
            let files = snapshot(|place| {
                place.write("src/new.py", "import db\n");
                let path = place.repo.join("src/db.py");
                fs::remove_file(&path).unwrap();
                assert!(
                    std::process::Command::new("mkfifo")
                        .arg(path)
                        .status()
                        .unwrap()
                        .success()
                );
            });
            assert!(files.contains_key("src/new.py"), "{files:?}");
        }),
    ]
}
