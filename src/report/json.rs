//! The published JSON report: versioned; fields may be added, never renamed.
//!
//! Promises: `read(write(r))` is `r`, times kept to the millisecond. A report of
//! a newer version is read as far as understood: entries that are not are
//! dropped, and a note says how many.

mod from;
mod to;
mod wire;

use crate::model::Report;
use crate::text::escape;
use wire::Wire;

/// The version written.
pub const VERSION: u32 = 1;

/// Why a report could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or not of this shape.
    #[error("parse the report")]
    Shape(#[source] serde_json::Error),
    /// No version of this format has this number.
    #[error("read a report of version {0}")]
    Version(u32),
    /// A field holds what it cannot hold.
    #[error("read `{field}` of the report: {value:?}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it holds, capped.
        value: String,
    },
}

/// The report as indented JSON, ending with a line feed.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(&to::wire(report))
        .expect("the wire shape has string keys only");
    text.push('\n');
    escape::json(&text)
}

/// The report in these bytes.
///
/// # Errors
/// When they are not a report of this format; see [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<Report, ReadError> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(ReadError::Shape)?;
    if wire.version < VERSION {
        return Err(ReadError::Version(wire.version));
    }
    from::report(wire)
}

/// The JSON schema of the report.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Wire).to_value()
}
