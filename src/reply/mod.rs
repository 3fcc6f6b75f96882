//! The reply's wire format: the schema that agents are given, the lenient reading of what they
//! send, and the exact form in which the store keeps it.
//!
//! Promises: nothing an agent writes makes decoding panic, take long or hold more than the caps;
//! an entry that cannot be read is kept as rejected, with the reason, and costs no other entry.
//! Leaves to others: whether any of it is true (`findings`).

mod decode;
mod entry;
mod extract;
mod repair;
mod stored;
mod wire;

use crate::model::Reply;

pub(crate) use decode::decode_answer;
pub(crate) use stored::encode_reply;
pub(crate) use wire::reply_schema;

/// Why a text is not a reply, and what of it could be saved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{why}")]
pub(crate) struct DecodeError {
    /// In words.
    pub why: String,
    /// The findings that were complete before the text broke off. Never holds coverage.
    pub partial: Option<Box<Reply>>,
}

impl DecodeError {
    fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            partial: None,
        }
    }
}

/// Reads a reply: what [`encode_reply`] wrote, exactly; what an agent wrote, leniently.
///
/// Adapters read agents' words through `decode_answer` instead, so that an agent cannot pass its
/// text off as a stored one and set its own costs or escape the caps.
///
/// # Errors
/// There is no reply in the text, it breaks off, or it follows another version of the schema.
pub(crate) fn decode_reply(text: &str) -> Result<Reply, DecodeError> {
    match stored::decode_stored(text) {
        Some(reply) => Ok(reply),
        None => decode_answer(text),
    }
}

#[cfg(test)]
mod tests;
