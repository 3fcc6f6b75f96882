//! Everything that a review reads, without its secrets: the change, its names,
//! what is known around it.

use std::collections::HashMap;

use super::spared_secrets::Searched;
use crate::model::{Change, Context, FileStatus, RepoPath};
use crate::secrets::{Detector, DetectorError, Masker};

/// Masks all of it, names first, so that a value found in a name is masked in every text.
pub(super) fn mask<'d>(
    detector: &'d Detector,
    change: &mut Change,
    context: &mut Context,
    guidance: Option<&mut String>,
    searched: &Searched<'_>,
) -> Result<Masker<'d>, DetectorError> {
    let mut masker = Masker::new(detector);
    let names = mask_names(change, context, &mut masker)?;
    searched.apply(change, &names, &mut masker)?;
    masker.change(change)?;
    for text in context_texts(context).into_iter().chain(guidance) {
        *text = masker.text(text)?;
    }
    Ok(masker)
}

/// Paths that hold a secret, as they are and as they are shown.
pub(super) type Names = HashMap<RepoPath, RepoPath>;

/// Masks every path, and reports the secrets in those that the change brings.
fn mask_names(
    change: &mut Change,
    context: &mut Context,
    masker: &mut Masker<'_>,
) -> Result<Names, DetectorError> {
    let mut names = Names::new();
    for path in change_paths(change)
        .into_iter()
        .chain(context_paths(context))
    {
        if let Some(masked) = masker.name(path)? {
            names.insert(path.clone(), masked);
        }
    }
    if names.is_empty() {
        return Ok(names);
    }
    for file in &change.files {
        let is_new = matches!(
            file.status,
            FileStatus::Added | FileStatus::Copied | FileStatus::Renamed
        );
        let kept = file.old_path.as_ref().unwrap_or(&file.path);
        if is_new && names.contains_key(&file.path) {
            let known = (file.status == FileStatus::Renamed).then_some(kept);
            masker.new_name(&file.path, known)?;
        }
    }
    for path in change_paths(change)
        .into_iter()
        .chain(context_paths(context))
    {
        if let Some(masked) = names.get(path) {
            *path = masked.clone();
        }
    }
    Ok(names)
}

fn change_paths(change: &mut Change) -> Vec<&mut RepoPath> {
    let files = change
        .files
        .iter_mut()
        .flat_map(|file| [Some(&mut file.path), file.old_path.as_mut()])
        .flatten();
    let left_out = change.skipped.iter_mut().map(|skipped| &mut skipped.path);
    let locks = change.lock_files.iter_mut().map(|lock| &mut lock.path);
    files.chain(left_out).chain(locks).collect()
}

fn context_paths(context: &mut Context) -> Vec<&mut RepoPath> {
    let mut paths: Vec<&mut RepoPath> = Vec::new();
    paths.extend(context.surroundings.iter_mut().map(|s| &mut s.path));
    paths.extend(context.guidelines.iter_mut().map(|g| &mut g.path));
    paths.extend(context.lessons.iter_mut().map(|l| &mut l.path));
    let history = &mut context.history;
    paths.extend(history.files.iter_mut().map(|f| &mut f.path));
    for companion in &mut history.missing_companions {
        paths.extend([&mut companion.touched, &mut companion.missing]);
    }
    paths.extend(&mut history.test_files);
    paths
}

/// Every text of the context that reaches a prompt.
fn context_texts(context: &mut Context) -> Vec<&mut String> {
    let mut texts = vec![&mut context.repository];
    texts.extend(context.surroundings.iter_mut().map(|s| &mut s.text));
    texts.extend(context.guidelines.iter_mut().map(|g| &mut g.text));
    for lesson in &mut context.lessons {
        texts.push(&mut lesson.title);
        texts.push(&mut lesson.text);
    }
    let history = &mut context.history;
    texts.extend(history.repairs.iter_mut().map(|(_, subject)| subject));
    texts.extend(
        history
            .files
            .iter_mut()
            .flat_map(|f| f.recent.iter_mut().map(|(_, subject)| subject)),
    );
    texts
}
