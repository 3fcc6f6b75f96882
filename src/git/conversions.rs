//! Which paths git converts between the work tree and its objects.
//!
//! No content filter is ever run here, so what one would make of a work file
//! is not known: such a file is named with its filter, and nobody reads it raw.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::command::GitCommand;
use super::error::GitError;
use super::repo::Repo;
use crate::model::RepoPath;

/// What git does with the content of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// A program, by the name of its filter.
    Filter(String),
    /// Another encoding in the work tree: git does that itself.
    Encoding,
}

/// The conversions of these paths, as git reads the attributes; those without any are not in it.
pub(super) fn of(
    repo: &Repo,
    paths: &[&RepoPath],
) -> Result<BTreeMap<RepoPath, Conversion>, GitError> {
    let mut found = BTreeMap::new();
    if paths.is_empty() {
        return Ok(found);
    }
    let drivers = GitCommand::new(repo).filter_drivers()?;
    let mut input = Vec::new();
    for path in paths {
        input.extend_from_slice(path.as_bytes());
        input.push(0);
    }
    let args = [
        "check-attr",
        "--stdin",
        "-z",
        "filter",
        "working-tree-encoding",
    ];
    let mut fields: Vec<Vec<u8>> = Vec::new();
    let call = GitCommand::new(repo).keep_user_config().args(args);
    call.input(input).records(0, |field| {
        fields.push(field.to_vec());
        if let [path, name, value] = fields.as_slice() {
            if let Some(conversion) = conversion(name, value, &drivers) {
                // a filter is asked first, and decides
                found
                    .entry(RepoPath::new(path.as_slice()))
                    .or_insert(conversion);
            }
            fields.clear();
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// A filter without a definition converts nothing, as for git.
fn conversion(attribute: &[u8], value: &[u8], drivers: &[Vec<u8>]) -> Option<Conversion> {
    if matches!(value, b"unspecified" | b"unset" | b"set") {
        return None;
    }
    match attribute {
        b"filter" if !drivers.iter().any(|driver| driver == value) => None,
        b"filter" => Some(Conversion::Filter(
            String::from_utf8_lossy(value).into_owned(),
        )),
        _ => Some(Conversion::Encoding),
    }
}
