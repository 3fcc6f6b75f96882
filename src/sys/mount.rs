//! What a file system was mounted with.

use std::path::Path;

/// Whether programs cannot be started from the file system of this directory.
#[must_use]
pub(crate) fn is_noexec(directory: &Path) -> bool {
    #[cfg(target_os = "linux")]
    let flagged = rustix::fs::statvfs(directory)
        .map(|it| it.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC));
    // `MNT_NOEXEC` of <sys/mount.h>; statvfs does not tell there
    #[cfg(target_os = "macos")]
    let flagged = rustix::fs::statfs(directory).map(|it| it.f_flags & 4 != 0);
    flagged.unwrap_or(false)
}
