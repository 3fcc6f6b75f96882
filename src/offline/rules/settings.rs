//! Security checks on settings and on what stands beside a call.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::checks::Verdict;
use super::guards::{PATH_GUARD, guarded, imports};
use super::identifiers::regex;
use super::syntax;
use super::syntax::{Captured, Source};

/// Python: PyYAML's `load` with a loader that builds any object.
pub(super) fn yaml_load<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(call) = captured.hit() else {
        return Verdict::Drop;
    };
    if !imports(source, "import yaml") {
        return Verdict::Drop;
    }
    let loader = source
        .keyword(call, "Loader")
        .or_else(|| source.positional(call).get(1).copied());
    match loader.map(|l| source.text(l)) {
        None => Verdict::Keep,
        Some(l)
            if l.ends_with("UnsafeLoader")
                || matches!(l, "yaml.Loader" | "yaml.CLoader" | "Loader") =>
        {
            Verdict::Keep
        }
        Some(_) => Verdict::Drop,
    }
}

/// A setting that is certain unless it stands behind a condition of this function.
pub(super) fn unconditional<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(hit) = captured.hit() else {
        return Verdict::Drop;
    };
    let inside = source
        .ancestors(hit)
        .take_while(|n| !syntax::is_function(n.kind()));
    let branches = |kind: &str| {
        kind.starts_with("if_")
            || kind.contains("case")
            || kind.contains("ternary")
            || kind.contains("conditional")
    };
    if inside.map(|n| n.kind()).any(branches) {
        Verdict::Maybe
    } else {
        Verdict::Keep
    }
}

/// A token read unverified; less sure where the file verifies tokens too.
pub(super) fn unverified_token<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let hit = captured.hit().map_or("", |h| source.text(h));
    let verifies = !hit.contains("algorithms=") && source.text(source.root).contains("algorithms=");
    if verifies {
        Verdict::Maybe
    } else {
        Verdict::Keep
    }
}

/// An entry's name joined to a folder, in a function that never looks where it leads.
pub(super) fn archive<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let lower = String::from_utf8_lossy(
        source
            .bytes
            .get(..source.bytes.len().min(8000))
            .unwrap_or_default(),
    );
    let archives = [
        "archive/zip",
        "archive/tar",
        "java.util.zip",
        "commons.compress",
        "ZipEntry",
        "TarArchive",
    ];
    if !archives.iter().any(|a| lower.contains(a)) || guarded(source, captured, &PATH_GUARD) {
        return Verdict::Drop;
    }
    Verdict::Keep
}

/// Python: `extractall` of a tar archive without a filter.
pub(super) fn tar_extract<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(call) = captured.hit() else {
        return Verdict::Drop;
    };
    let text = source.function(call).map_or("", |f| source.text(f));
    let is_tar = text.contains("tarfile.")
        || source
            .callee(call)
            .0
            .is_some_and(|r| source.text(r).contains("tar"));
    let filtered =
        source.keyword(call, "filter").is_some() || source.keyword(call, "members").is_some();
    Verdict::keep_if(is_tar && !filtered && imports(source, "tarfile") && !text.contains("zipfile"))
}

/// A setting that only counts when it is not behind `if __name__ == "__main__"`.
pub(super) fn script_guard<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(hit) = captured.hit() else {
        return Verdict::Drop;
    };
    let guard = |n: Node<'t>| {
        n.child_by_field_name("condition")
            .is_some_and(|c| source.text(c).contains("__name__"))
    };
    if source.ancestors(hit).any(guard) {
        Verdict::Maybe
    } else {
        Verdict::Keep
    }
}

/// Java: an XML factory that the function never hardens.
pub(super) fn xml_unhardened<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    if guarded(source, captured, &XML_GUARD) {
        Verdict::Drop
    } else {
        Verdict::Maybe
    }
}

/// Two settings that are dangerous together stand in the same literal or call.
pub(super) fn both_keys<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(first), Some(second)) = (captured.get("first"), captured.get("second")) else {
        return Verdict::Drop;
    };
    Verdict::keep_if(first.parent() == second.parent() && !source.text(first).is_empty())
}

static XML_GUARD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)disallow-doctype|secure_processing|access_external|support_dtd|external-general|setexpandentity|xmlconstants|setFeature|IS_SUPPORTING|harden|secure|setProperty",
    )
});
