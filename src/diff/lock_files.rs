//! Contents of lock files: both sides or neither, for a summary of one side would be wrong.

use super::LockBlobs;
use super::contents::Blobs;
use super::renames::Candidate;
use crate::git::{GitError, Side};

/// Bytes of one side of a lock file, and of all of them.
const LOCK_BYTES: (u64, u64) = (8 * 1024 * 1024, 32 * 1024 * 1024);

pub(super) fn read(locks: &[Candidate], blobs: &mut Blobs<'_>) -> Result<Vec<LockBlobs>, GitError> {
    let mut left = LOCK_BYTES.1;
    let mut found = Vec::new();
    for lock in locks {
        let sizes: Option<Vec<u64>> = lock.sides().map(|s| blobs.size(s)).collect();
        let unread = match &sizes {
            None => Some("content not in this clone"),
            Some(sizes) => {
                let too_large =
                    sizes.iter().any(|s| *s > LOCK_BYTES.0) || sizes.iter().sum::<u64>() > left;
                too_large.then_some("too large to read")
            }
        };
        let (mut old, mut new) = (None, None);
        if unread.is_none() {
            left -= sizes.iter().flatten().sum::<u64>();
            blobs.load(lock.sides(), LOCK_BYTES.0)?;
            let bytes = |side: &Option<Side>| {
                side.as_ref()
                    .and_then(|s| blobs.bytes(s))
                    .map(|b| b.as_ref().clone())
            };
            (old, new) = (bytes(&lock.old), bytes(&lock.new));
            blobs.forget(lock.sides());
        }
        found.push(LockBlobs {
            path: lock.path.clone(),
            old,
            new,
            unread,
        });
    }
    Ok(found)
}
