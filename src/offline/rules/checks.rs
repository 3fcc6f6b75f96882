//! The checks that rules name, and how a check answers.

use super::syntax::{Captured, Source};
use super::{memory, performance, secrets, settings, sinks};

/// A check's answer on one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not a hit.
    Drop,
    /// A hit that depends on what this function does not show: confidence 50 at most.
    Maybe,
    /// A hit with the rule's own confidence.
    Keep,
}

impl Verdict {
    pub(super) fn keep_if(condition: bool) -> Self {
        if condition { Self::Keep } else { Self::Drop }
    }

    pub(super) fn maybe_if(condition: bool) -> Self {
        if condition { Self::Maybe } else { Self::Drop }
    }
}

/// Looks at what the query found.
pub(super) type Check = for<'t> fn(&Source<'t>, &Captured<'t>) -> Verdict;

/// The check of a rule that needs none.
pub(super) fn keep(_: &Source<'_>, _: &Captured<'_>) -> Verdict {
    Verdict::Keep
}

/// The check of this name in a rule table.
pub(super) fn named(name: &str) -> Option<Check> {
    Some(match name {
        "sql" => sinks::sql,
        "shell" => sinks::shell,
        "shell-true" => sinks::shell_true,
        "code" => sinks::code,
        "path" => sinks::path,
        "url" => sinks::url,
        "redirect" => sinks::redirect,
        "external" => sinks::external,
        "markup" => sinks::markup,
        "external-html" => sinks::external_html,
        "deserialise" => sinks::deserialise,
        "yaml-load" => settings::yaml_load,
        "unconditional" => settings::unconditional,
        "unverified-token" => settings::unverified_token,
        "secret-context" => secrets::secret_context,
        "secret-hash" => secrets::secret_hash,
        "archive" => settings::archive,
        "tar-extract" => settings::tar_extract,
        "script-guard" => settings::script_guard,
        "xml-unhardened" => settings::xml_unhardened,
        "fixed-buffer" => memory::fixed_buffer,
        "format-string" => memory::format_string,
        "unbounded-scan" => memory::unbounded_scan,
        "unsized-product" => memory::unsized_product,
        "rust-sql" => sinks::rust_sql,
        "rust-shell" => sinks::rust_shell,
        "math-rand" => secrets::math_rand,
        "both-keys" => settings::both_keys,
        "in-loop" => performance::in_loop,
        "in-loop-again" => performance::in_loop_again,
        "in-loop-constant" => performance::in_loop_constant,
        "per-item" => performance::per_item,
        "per-item-maybe" => performance::per_item_maybe,
        "await-independent" => performance::await_independent,
        "in-async" => performance::in_async,
        "in-handler" => performance::in_handler,
        "membership" => performance::membership,
        "grown-in-loop" => performance::grown_in_loop,
        "string-grown-in-loop" => performance::string_grown_in_loop,
        "queue-head" => performance::queue_head,
        "invariant-in-loop" => performance::invariant_in_loop,
        "request-body" => performance::request_body,
        "reduce-copy" => performance::reduce_copy,
        "loop-condition" => performance::loop_condition,
        _ => return None,
    })
}

/// Whether the check of this name keeps nothing but what comes from outside.
pub(super) fn needs_outside(name: &str) -> bool {
    matches!(
        name,
        "path" | "url" | "redirect" | "external" | "external-html"
    )
}
