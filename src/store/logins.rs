//! Whether the agent programs of this user were logged in when they were last asked: asking takes
//! half a second each, and reviews are many. Kept in the user's cache directory, over all
//! repositories; losing it costs asking again.

use std::path::{Path, PathBuf};

use super::record;
use super::{SMALL, StoreError};
use crate::sys::clock;
use crate::sys::files::{self, Sync};

/// How long a login is believed in, seconds. A run that finds it gone corrects this at once.
const YES: u64 = 24 * 3600;
/// How long a missing login is believed in, seconds: somebody may be logging in.
const NO: u64 = 600;

/// The record: `<dir>/logins/<backend>.json`.
#[derive(Clone, Debug)]
pub(crate) struct Logins {
    dir: PathBuf,
}

/// What one backend's program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// The program that said it: another one may know another login.
    pub program: PathBuf,
    /// Whether it is logged in.
    pub is_there: bool,
    /// When, seconds since the epoch.
    pub at: i64,
}

impl Logins {
    /// The record below the user's directory ([`crate::sys::dirs::user_cache`]).
    #[must_use]
    pub(crate) fn in_dir(dir: &Path) -> Self {
        Self {
            dir: dir.join("logins"),
        }
    }

    /// What this program last said, if it is not too long ago.
    #[must_use]
    pub(crate) fn recall(&self, backend: &str, program: &Path, now: i64) -> Option<bool> {
        files::check_private_dir(&self.dir).ok()?;
        let bytes = files::read_capped(&self.file(backend)?, SMALL).ok()?;
        let login = record::decode::<Login>(&bytes)
            .ok()
            .filter(|login| login.program == program)?;
        let longest = if login.is_there { YES } else { NO };
        // a time to come is of a clock that was wrong
        (login.at <= now && clock::age(login.at, now) < longest).then_some(login.is_there)
    }

    /// Keeps what it said.
    ///
    /// # Errors
    /// When the record cannot be written; the program is then asked again.
    pub(crate) fn keep(&self, backend: &str, login: &Login) -> Result<(), StoreError> {
        let Some(file) = self.file(backend) else {
            return Ok(());
        };
        files::private_dir_in_ours(&self.dir).map_err(|e| StoreError::at("make", &self.dir, e))?;
        let written = files::replace(&file, &record::encode(login), Sync::Lazy);
        written.map_err(|e| StoreError::at("write", &file, e))
    }

    /// Names of backends are words of ours; anything else has no record.
    fn file(&self, backend: &str) -> Option<PathBuf> {
        let plain = backend.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        plain.then(|| self.dir.join(format!("{backend}.json")))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_login_is_believed_in_for_a_day_and_a_missing_one_for_minutes() {
        let dir = tempfile::tempdir().unwrap();
        let logins = Logins::in_dir(&dir.path().join("cache"));
        let program = Path::new("/bin/agent");
        assert_eq!(logins.recall("claude", program, 1000), None);
        for (is_there, longest) in [(true, 86_400), (false, 600)] {
            logins
                .keep(
                    "claude",
                    &Login {
                        program: program.into(),
                        is_there,
                        at: 1000,
                    },
                )
                .unwrap();
            assert_eq!(
                logins.recall("claude", program, 1000 + longest - 1),
                Some(is_there)
            );
            assert_eq!(
                logins.recall("claude", program, 1000 + longest),
                None,
                "too long ago"
            );
            assert_eq!(
                logins.recall("claude", program, 999),
                None,
                "of a time to come"
            );
            assert_eq!(
                logins.recall("claude", Path::new("/other/agent"), 1000),
                None,
                "another program"
            );
            assert_eq!(
                logins.recall("codex", program, 1000),
                None,
                "another backend"
            );
        }
        std::fs::write(dir.path().join("cache/logins/claude.json"), "{").unwrap();
        assert_eq!(logins.recall("claude", program, 1000), None, "damaged");
        logins
            .keep(
                "../x",
                &Login {
                    program: program.into(),
                    is_there: true,
                    at: 0,
                },
            )
            .unwrap();
        assert_eq!(
            std::fs::read_dir(dir.path().join("cache")).unwrap().count(),
            1
        );
    }
}
