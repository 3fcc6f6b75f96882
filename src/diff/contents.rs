//! Contents of a change, sizes first, read in batches and kept while needed.

use std::collections::HashMap;
use std::rc::Rc;

use crate::git::{Content, GitError, Repo, Side};

/// Sizes and bytes of what a change touches.
pub(super) struct Blobs<'r> {
    repo: &'r Repo,
    sizes: HashMap<Content, Option<u64>>,
    bytes: HashMap<Content, Option<Rc<Vec<u8>>>>,
}

impl<'r> Blobs<'r> {
    pub(super) fn new(repo: &'r Repo) -> Self {
        Self {
            repo,
            sizes: HashMap::new(),
            bytes: HashMap::new(),
        }
    }

    /// Asks for the sizes of all these sides at once.
    pub(super) fn measure<'a>(
        &mut self,
        sides: impl Iterator<Item = &'a Side>,
    ) -> Result<(), GitError> {
        let mut unknown: Vec<Content> = Vec::new();
        for side in sides.filter(|s| s.is_readable()) {
            if !self.sizes.contains_key(&side.content) {
                self.sizes.insert(side.content.clone(), None);
                unknown.push(side.content.clone());
            }
        }
        let sizes = self.repo.sizes(&unknown)?;
        self.sizes.extend(unknown.into_iter().zip(sizes));
        Ok(())
    }

    /// Size in bytes; none when the content is not to be had.
    pub(super) fn size(&self, side: &Side) -> Option<u64> {
        self.sizes.get(&side.content).copied().flatten()
    }

    /// Reads all these measured sides at once, those of at most `max` bytes.
    pub(super) fn load<'a>(
        &mut self,
        sides: impl Iterator<Item = &'a Side>,
        max: u64,
    ) -> Result<(), GitError> {
        let mut wanted: Vec<Content> = Vec::new();
        for side in sides.filter(|s| s.is_readable()) {
            if !self.bytes.contains_key(&side.content) {
                self.bytes.insert(side.content.clone(), None);
                if self.size(side).is_some_and(|size| size <= max) {
                    wanted.push(side.content.clone());
                }
            }
        }
        let bytes = self.repo.measured_contents(&wanted)?;
        self.bytes.extend(
            wanted
                .into_iter()
                .zip(bytes.into_iter().map(|b| b.map(Rc::new))),
        );
        Ok(())
    }

    /// Bytes that were loaded; none when they were not, or are not to be had.
    pub(super) fn bytes(&self, side: &Side) -> Option<Rc<Vec<u8>>> {
        self.bytes.get(&side.content).cloned().flatten()
    }

    /// Lets go of what was read.
    pub(super) fn forget<'a>(&mut self, sides: impl Iterator<Item = &'a Side>) {
        for side in sides {
            self.bytes.remove(&side.content);
        }
    }
}
