//! Which model is asked when the person named none: a name of ours would grow old.

use serde_json::Value;

use super::{Fault, Kind};

/// Servers with more models than this sell many makers' ones at any price.
const FEW: usize = 20;

/// Chooses from the server's list.
///
/// # Errors
/// There is no good choice: the person must name one.
pub(super) fn choose(kind: Kind, list: &Value) -> Result<String, Fault> {
    let entries = list["data"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let names: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry["id"].as_str())
        .filter(|id| id.len() <= 128)
        .collect();
    let chosen = match kind {
        // newest first
        Kind::Anthropic => names
            .iter()
            .find(|id| id.contains("sonnet"))
            .or(names.first())
            .copied(),
        Kind::OpenAi => newest_gpt(&names).or_else(|| first_of_few(&names)),
    };
    chosen.map(str::to_owned).ok_or_else(|| Fault {
        status: Some(404),
        message: format!(
            "the server has {} models and none was named: `git config --global agents.{}.model NAME`",
            names.len(),
            kind.name()
        ),
        retry_after: None,
    })
}

/// `gpt-5.2` before `gpt-5`; no dated, small or special ones.
fn newest_gpt<'a>(names: &[&'a str]) -> Option<&'a str> {
    let version = |id: &str| -> Option<(u32, u32)> {
        let mut parts = id.strip_prefix("gpt-")?.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next().map_or(Some(0), |minor| minor.parse().ok())?;
        parts.next().is_none().then_some((major, minor))
    };
    names
        .iter()
        .filter_map(|id| Some((version(id)?, *id)))
        .max()
        .map(|(_, id)| id)
}

/// A server at home lists what its owner loaded.
fn first_of_few<'a>(names: &[&'a str]) -> Option<&'a str> {
    let talks = |id: &&&str| {
        !["embed", "rerank", "whisper", "tts", "clip"]
            .iter()
            .any(|other| id.contains(other))
    };
    (names.len() <= FEW)
        .then(|| names.iter().find(talks).copied())
        .flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: Kind, ids: &[&str]) -> Option<String> {
        let data: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        choose(kind, &json!({"data": data})).ok()
    }

    #[test]
    fn the_newest_plain_one_is_taken() {
        assert_eq!(
            of(
                Kind::OpenAi,
                &["gpt-4o", "gpt-5", "gpt-5.2", "gpt-5.2-mini", "gpt-10x"]
            )
            .as_deref(),
            Some("gpt-5.2")
        );
        assert_eq!(
            of(
                Kind::Anthropic,
                &["claude-opus-9", "claude-sonnet-9", "claude-sonnet-8"]
            )
            .as_deref(),
            Some("claude-sonnet-9")
        );
        assert_eq!(
            of(Kind::Anthropic, &["claude-x"]).as_deref(),
            Some("claude-x")
        );
    }

    #[test]
    fn of_a_few_local_ones_the_first_that_talks_of_many_none() {
        assert_eq!(
            of(Kind::OpenAi, &["nomic-embed-text", "qwen3-coder:30b"]).as_deref(),
            Some("qwen3-coder:30b")
        );
        let many: Vec<String> = (0..30).map(|i| format!("maker/model-{i}")).collect();
        assert_eq!(
            of(
                Kind::OpenAi,
                &many.iter().map(String::as_str).collect::<Vec<_>>()
            ),
            None
        );
        assert_eq!(of(Kind::OpenAi, &[]), None);
        assert!(choose(Kind::Anthropic, &Value::Null).is_err());
    }
}
