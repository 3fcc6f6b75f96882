//! A prompt, ready to send.

use super::ids::{HunkId, JobId};

/// The very bytes that leave the machine, and what the program must remember of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Whose.
    pub job: JobId,
    /// Which part of the change.
    pub position: ChunkPosition,
    /// The prompt. Never begins with `/`, `@`, `!` or white space.
    pub text: String,
    /// Bytes at its beginning that all reviewers of this part of the change share; ends between characters.
    pub shared: usize,
    /// Hunks inside, in order.
    pub hunks: Vec<HunkId>,
    /// How many `[redacted:...]` markers it holds.
    pub redacted: usize,
    /// The fence's nonce.
    pub nonce: String,
}

impl Prompt {
    /// A rough token count: bytes / 3.5, rounded up. An estimate; vendors differ.
    #[must_use]
    pub fn estimated_tokens(&self) -> usize {
        (self.text.len() * 2).div_ceil(7)
    }
}

/// `number` of `of`, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkPosition {
    /// This chunk.
    pub number: u32,
    /// All of them.
    pub of: u32,
}
