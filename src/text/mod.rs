//! What strings look like: encodings, escaping, visible forms of invisible characters, counts with their nouns.

pub(crate) mod encoding;
pub(crate) mod escape;
pub(crate) mod plural;
pub(crate) mod visible;
