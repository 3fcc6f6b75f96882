//! Holds the code against the architecture: who imports whom, how long files are.

use std::fs;
use std::path::{Path, PathBuf};

/// Module, and the modules of ours it may import. `cli` and `pipeline` join
/// everything; nobody imports `cli` but the program itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("sys", &["model"]),
    ("git", &["model", "sys"]),
    ("capture", &["model", "git"]),
    ("context", &["model", "git"]),
    ("snapshot", &["model", "git", "sys"]),
    ("plan", &["model"]),
    ("brief", &["model"]),
    ("agent", &["model", "sys"]),
    ("http", &[]),
    ("secrets", &["model"]),
    ("lockfile", &["model"]),
    ("offline", &["model"]),
    ("supervise", &["model", "sys", "store"]),
    ("settings", &["model", "sys"]),
    ("store", &["model", "sys"]),
    ("synth", &["model"]),
    ("gate", &["model"]),
    ("report", &["model"]),
    (
        "hook",
        &[
            "model", "sys", "git", "store", "report", "gate", "pipeline", "settings",
        ],
    ),
];

/// The most lines that a source file may have before its tests. Test files may be long.
const LONGEST: usize = 550;

fn sources() -> Vec<PathBuf> {
    rust_files("src")
}

fn rust_files(top: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(top), &mut found);
    found.sort();
    assert!(found.len() > 40, "the walk found {} files", found.len());
    found
}

/// Whether a file under `src` holds tests or what only tests use.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests"
        || name.ends_with("_tests")
        || name == "samples"
        || path.components().any(|c| c.as_os_str() == "tests")
}

fn module_of(path: &Path) -> String {
    let relative = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap();
    let first = relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules named after `crate::` outside comments.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        let mut rest = line;
        while let Some(at) = rest.find("crate::") {
            rest = &rest[at + 7..];
            if let Some(list) = rest.strip_prefix('{') {
                let inner = list.split('}').next().unwrap_or(list);
                found.extend(inner.split(',').map(|part| word(part.trim())));
            } else {
                found.push(word(rest));
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn stages_import_only_what_the_architecture_allows() {
    let mut wrong = Vec::new();
    for path in sources() {
        let module = module_of(&path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            assert!(
                ["cli", "pipeline", "main", "lib", "bin"].contains(&module.as_str()),
                "{module} is not in the table of modules"
            );
            continue;
        };
        if is_test(&path) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for used in imports(text.split("#[cfg(test)]\nmod").next().unwrap_or("")) {
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} imports {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_libraries_stay_in_their_stages() {
    let homes: &[(&str, &[&str])] = &[
        ("git2::", &["git"]),
        ("clap::", &["cli"]),
        ("tokio::", &["supervise"]),
        ("tree_sitter", &["offline"]),
        ("ureq::", &["http"]),
    ];
    for path in sources().into_iter().filter(|path| !is_test(path)) {
        let module = module_of(&path);
        let text = fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for (library, allowed) in homes {
            let used = code.iter().any(|line| line.contains(library));
            assert!(
                !used || allowed.contains(&module.as_str()),
                "{} uses {library}",
                path.display()
            );
        }
    }
}

#[test]
fn model_holds_values_only() {
    for path in sources().iter().filter(|path| module_of(path) == "model") {
        let text = fs::read_to_string(path).unwrap();
        for word in ["serde", "std::fs", "std::process", "std::env", "git2::"] {
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            assert!(
                !code.into_iter().any(|line| line.contains(word)),
                "{} uses {word}",
                path.display()
            );
        }
    }
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for path in sources().into_iter().filter(|path| !is_test(path)) {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .take_while(|line| *line != "#[cfg(test)]")
            .count();
        if lines > LONGEST {
            long.push(format!("{} ({lines})", path.display()));
        }
    }
    assert!(
        long.is_empty(),
        "longer than {LONGEST} lines: {}",
        long.join(", ")
    );
}

#[test]
fn only_the_named_modules_start_processes() {
    let homes = ["src/git/command.rs", "src/sys/process.rs", "src/supervise"];
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        let starts = code.contains("Command::new(")
            && (code.contains("process::Command") || code.contains("tokio::process"));
        let home = homes
            .iter()
            .any(|home| path.display().to_string().contains(home));
        assert!(
            !starts || home || is_test(&path),
            "{} starts a process",
            path.display()
        );
    }
}

#[test]
fn no_dependency_wants_a_newer_compiler_than_we_declare() {
    let cargo = |program: &str, args: &[&str]| {
        let output = std::process::Command::new(program)
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output();
        let output = output.unwrap();
        assert!(
            output.status.success(),
            "{program} {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let version = |text: &str| {
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap());
        (
            numbers.next().unwrap(),
            numbers.next().unwrap_or(0),
            numbers.next().unwrap_or(0),
        )
    };
    let about = cargo("rustc", &["-vV"]);
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let query = [
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ];
    let metadata: serde_json::Value = serde_json::from_str(&cargo(env!("CARGO"), &query)).unwrap();
    let declared = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = metadata["packages"].as_array().unwrap();
    let newer = packages.iter().filter(|p| {
        p["rust_version"]
            .as_str()
            .is_some_and(|v| version(v) > declared)
    });
    let names: Vec<&str> = newer
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert!(packages.len() > 50 && names.is_empty(), "{names:?}");
}
