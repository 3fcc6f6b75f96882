//! The environment of an agent: an allow list, never what happens to be set.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::sys::program_search::is_inside;

/// Variables that every program may see. Not here, on purpose: everything of git (a hook's
/// `GIT_DIR` would lead an agent to the repository), of a parent agent's session, of other
/// providers, tokens, `SSH_AUTH_SOCK`, and what makes interpreters run code (`NODE_OPTIONS`,
/// `BASH_ENV`, `LD_PRELOAD`, ...).
const ALLOWED: [&str; 30] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TMPDIR",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "CODEX_CA_CERTIFICATE",
];

/// Variables that every agent gets. The last tells our own hooks that a review is under way, so
/// that an agent that commits starts none.
const ADDED: [(&str, &str); 6] = [
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("CI", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    (crate::model::invocation::INSIDE_REVIEW, "1"),
];

/// The variables that were set when we started; each adapter passes on what its program needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Name and value, as the system gave them.
    pub vars: Vec<(OsString, OsString)>,
}

impl Environment {
    /// Of this process.
    #[must_use]
    pub(crate) fn current() -> Self {
        Self {
            vars: env::vars_os().collect(),
        }
    }

    /// Without the entries of `PATH` that lie in the work tree: a script's `env node` must not
    /// find the repository's.
    #[must_use]
    pub(crate) fn outside(mut self, work_tree: &Path) -> Self {
        for (name, value) in &mut self.vars {
            if name == "PATH" {
                *value = keep_entries(value, |entry| !is_inside(entry, work_tree));
            }
        }
        self
    }

    /// A variable's value, if it is set and not empty.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        let found = self
            .vars
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_os_str());
        found.filter(|value| !value.is_empty())
    }

    /// A directory of the person's: what the variable says, else this place in the home.
    pub(crate) fn dir(&self, variable: &str, in_home: &str) -> Option<PathBuf> {
        let said = self.get(variable).map(PathBuf::from);
        let home = self.get("HOME").map(|home| Path::new(home).join(in_home));
        said.or(home).filter(|dir| dir.is_absolute())
    }

    /// The child's whole environment: the allow list, these credentials, and `extra`, which wins.
    pub(crate) fn sealed(
        &self,
        credentials: &[&str],
        extra: &[(&str, &str)],
    ) -> Vec<(OsString, OsString)> {
        let wanted = |name: &OsStr| {
            let name = name.to_str().unwrap_or_default();
            ALLOWED.contains(&name) || name.starts_with("LC_") || credentials.contains(&name)
        };
        let overridden = |name: &str| extra.iter().any(|(n, _)| *n == name);
        let ours = ADDED.iter().filter(|(name, _)| !overridden(name));
        let added: Vec<(&str, &str)> = ours.chain(extra).copied().collect();
        let replaced = |name: &OsStr| added.iter().any(|(n, _)| name == *n);
        let kept = self
            .vars
            .iter()
            .filter(|(name, _)| wanted(name) && !replaced(name));
        let mut sealed: Vec<(OsString, OsString)> = kept
            .map(|(name, value)| (name.clone(), clean(name, value)))
            .collect();
        sealed.extend(
            added
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        sealed
    }
}

/// A relative entry would mean another place in each working directory.
fn clean(name: &OsStr, value: &OsStr) -> OsString {
    if name == "PATH" {
        keep_entries(value, Path::is_absolute)
    } else {
        value.to_owned()
    }
}

fn keep_entries(path: &OsStr, keep: impl Fn(&Path) -> bool) -> OsString {
    let kept: Vec<_> = env::split_paths(path).filter(|entry| keep(entry)).collect();
    env::join_paths(kept).expect("entries that were split from a PATH hold no separator")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(vars: &[(&str, &str)]) -> Environment {
        Environment {
            vars: vars
                .iter()
                .map(|(n, v)| (OsString::from(n), OsString::from(v)))
                .collect(),
        }
    }

    #[test]
    fn only_the_allowed_the_credentials_and_ours_pass() {
        let canaries = [
            ("GIT_DIR", "/r/.git"),
            ("GIT_CONFIG_PARAMETERS", "x"),
            ("SSH_AUTH_SOCK", "/s"),
            ("GITHUB_TOKEN", "t"),
            ("AWS_SECRET_ACCESS_KEY", "k"),
            ("NODE_OPTIONS", "--require /r/x"),
            ("LD_PRELOAD", "/r/x.so"),
            ("BASH_ENV", "/r/x"),
            ("CLAUDECODE", "1"),
            ("CLAUDE_CODE_SIMPLE", "1"),
            ("OTHER_KEY", "k"),
        ];
        let mut vars = canaries.to_vec();
        vars.extend([
            ("HOME", "/h"),
            ("LC_ALL", "C"),
            ("KEY", "k"),
            ("TERM", "xterm"),
            ("PATH", "/a:b::./c:/d"),
        ]);
        let sealed = environment(&vars).sealed(&["KEY"], &[("CI", "0")]);
        let text: Vec<String> = sealed
            .iter()
            .map(|(n, v)| format!("{}={}", n.to_string_lossy(), v.to_string_lossy()))
            .collect();
        assert_eq!(
            text,
            [
                "HOME=/h",
                "LC_ALL=C",
                "KEY=k",
                "PATH=/a:/d",
                "TERM=dumb",
                "NO_COLOR=1",
                "GIT_OPTIONAL_LOCKS=0",
                "GIT_TERMINAL_PROMPT=0",
                "GIT_AGENTS_INSIDE_REVIEW=1",
                "CI=0",
            ]
        );
    }

    #[test]
    fn the_path_leads_not_into_the_work_tree() {
        let outside = environment(&[("PATH", "/repo/node_modules/.bin:/usr/bin")])
            .outside(Path::new("/repo"));
        assert_eq!(outside.get("PATH"), Some(OsStr::new("/usr/bin")));
        assert_eq!(outside.get("HOME"), None);
    }
}
