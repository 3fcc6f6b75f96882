//! What a file is, rather than what it says: keys, environments, modes, links.

use super::location::{Fact, Location, added};
use super::paths::{is_code, is_sample};
use crate::model::{
    Change, FileChange, FileStatus, Language, MaskedSecret, Proposal, Severity, SkipReason,
};

const EXECUTABLE: u32 = 0o111;
const WORLD_WRITABLE: u32 = 0o002;
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Facts about whole files.
pub(super) fn check(change: &Change, secrets: &[MaskedSecret]) -> Vec<Proposal> {
    let present = |file: &&FileChange| file.new_mode != 0;
    let of_files = change.files.iter().filter(present).flat_map(|file| {
        let reported = secrets
            .iter()
            .any(|secret| secret.path == file.path && secret.added);
        [
            key_file(file, reported),
            environment_file(file, reported),
            open_mode(file),
            executable(file),
            escaping_link(file),
        ]
    });
    of_files.flatten().chain(key_stores(change)).collect()
}

fn key_file(file: &FileChange, reported: bool) -> Option<Proposal> {
    let name = String::from_utf8_lossy(file.path.file_name()).to_ascii_lowercase();
    let is_key = matches!(
        name.as_str(),
        "id_rsa"
            | "id_dsa"
            | "id_ecdsa"
            | "id_ed25519"
            | ".htpasswd"
            | ".netrc"
            | ".pgpass"
            | "_netrc"
    );
    if !is_key || reported || is_new(file).is_none() || is_sample(&file.path) {
        return None;
    }
    let fact = Fact {
        title: format!("file of private credentials committed: {name}"),
        severity: Severity::High,
        confidence: 75,
        category: "CWE-538",
        scenario:
            "A file of this name holds a private key or passwords; everyone with the repository has them from now on."
                .to_owned(),
        advice: "Remove the file, ignore its name, and replace what it held.".to_owned(),
    };
    Some(Location::first_added(file).proposal(fact))
}

/// `.env` with values in it, not a template of one.
fn environment_file(file: &FileChange, reported: bool) -> Option<Proposal> {
    let name = String::from_utf8_lossy(file.path.file_name()).to_ascii_lowercase();
    let is_env = matches!(
        name.as_str(),
        ".env" | ".env.local" | ".env.production" | ".env.prod" | ".env.staging"
    );
    if !is_env || reported || is_new(file).is_none() || is_sample(&file.path) {
        return None;
    }
    let filled = |text: &str| {
        text.split_once('=')
            .is_some_and(|(key, value)| !key.starts_with('#') && !value.trim().is_empty())
    };
    let line = added(file).find(|line| filled(&line.to_text()))?;
    let fact = Fact {
        title: format!("environment file committed: {name}"),
        severity: Severity::Low,
        confidence: 50,
        category: "CWE-538",
        scenario: "Files of this name hold one machine's settings and, sooner or later, its credentials; the next person who fills it in commits them.".to_owned(),
        advice: "Ignore the file and commit a template without values instead.".to_owned(),
    };
    Some(Location::line(&file.path, line).proposal(fact))
}

fn is_new(file: &FileChange) -> Option<()> {
    matches!(
        file.status,
        FileStatus::Added | FileStatus::Copied | FileStatus::Renamed
    )
    .then_some(())
}

fn open_mode(file: &FileChange) -> Option<Proposal> {
    let opened = file.new_mode & TYPE == REGULAR
        && file.new_mode & WORLD_WRITABLE != 0
        && file.old_mode & WORLD_WRITABLE == 0;
    let fact = Fact {
        title: "file is writable for everyone".to_owned(),
        severity: Severity::Medium,
        confidence: 75,
        category: "CWE-732",
        scenario: "Any user of a machine where this is checked out with its mode can change the file and what uses it."
            .to_owned(),
        advice: "Take the write permission of others away.".to_owned(),
    };
    opened.then(|| Location::first_added(file).proposal(fact))
}

/// Executable from now on, and nothing that runs: no `#!`, no script.
fn executable(file: &FileChange) -> Option<Proposal> {
    let regular = file.new_mode & TYPE == REGULAR;
    let gained = file.new_mode & EXECUTABLE != 0 && file.old_mode & EXECUTABLE == 0;
    let text = file.new_text.as_deref()?;
    let never_runs = matches!(file.language, Language::Config | Language::Prose)
        || (is_code(file.language)
            && !matches!(
                file.language,
                Language::Shell | Language::Php | Language::Python | Language::Ruby
            ));
    if !regular || !gained || !never_runs || text.starts_with(b"#!") {
        return None;
    }
    let fact = Fact {
        title: "file became executable and is no program".to_owned(),
        severity: Severity::Low,
        confidence: 75,
        category: "CWE-732",
        scenario: format!(
            "The file has mode {:o} and no `#!` line: started by mistake, a shell reads its text as commands.",
            file.new_mode & 0o777
        ),
        advice: "`git update-index --chmod=-x` on the file.".to_owned(),
    };
    let first = text.split(|b| *b == b'\n').next().unwrap_or(text);
    let spot = if added(file).next().is_some() {
        Location::first_added(file)
    } else {
        Location::at(&file.path, 1, &String::from_utf8_lossy(first))
    };
    Some(spot.proposal(fact))
}

/// A symbolic link that leads out of the repository.
fn escaping_link(file: &FileChange) -> Option<Proposal> {
    if file.new_mode & TYPE != LINK {
        return None;
    }
    let line = added(file).next()?;
    let target = line.to_text();
    let depth = file.path.as_bytes().iter().filter(|b| **b == b'/').count();
    if !target.starts_with('/') && !climbs_out(&target, depth) {
        return None;
    }
    let fact = Fact {
        title: "symbolic link leads out of the repository".to_owned(),
        severity: Severity::Medium,
        confidence: 75,
        category: "CWE-59",
        scenario: format!(
            "A program that follows the link reads or writes `{target}` on the machine it runs on, outside the checkout."
        ),
        advice: "Link inside the repository, or copy the file.".to_owned(),
    };
    Some(Location::line(&file.path, line).proposal(fact))
}

fn climbs_out(target: &str, depth: usize) -> bool {
    let mut level = depth;
    for part in target.split('/') {
        match part {
            ".." if level == 0 => return true,
            ".." => level -= 1,
            "" | "." => {}
            _ => level += 1,
        }
    }
    false
}

/// Key stores are binary: known by name only, and whether they are new is not known.
fn key_stores(change: &Change) -> Vec<Proposal> {
    let is_store = |name: &str| {
        [".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk"]
            .iter()
            .any(|tail| name.ends_with(tail))
    };
    let stores = change
        .skipped
        .iter()
        .filter(|skipped| skipped.reason == SkipReason::Binary && !is_sample(&skipped.path));
    let stores = stores.filter(|skipped| is_store(&skipped.path.to_text().to_ascii_lowercase()));
    let fact = |name: String| {
        Fact {
        title: format!("store of private keys changed: {name}"),
        severity: Severity::Medium,
        confidence: 50,
        category: "CWE-538",
        scenario: "Files of this kind hold private keys behind a password that can be guessed without limit once the file is out.".to_owned(),
        advice: "Keep the store outside the repository, and replace the keys if it holds real ones.".to_owned(),
    }
    };
    stores
        .map(|skipped| {
            Location::at(&skipped.path, 0, "").proposal(fact(
                String::from_utf8_lossy(skipped.path.file_name()).into_owned(),
            ))
        })
        .collect()
}
