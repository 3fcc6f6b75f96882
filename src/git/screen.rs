//! What git's configuration says about colour and the pager, as git itself would take it.

use std::path::Path;

use super::command::GitCommand;

/// Bytes of these few settings.
const SETTINGS_BYTES: usize = 64 << 10;

/// Settings about the screen; none: not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScreenSettings {
    /// `color.agents`, else `color.ui`.
    pub colour: Option<String>,
    /// `color.pager`.
    pub pager_colour: Option<String>,
    /// `pager.agents`: whether there is a pager, or which one.
    pub agents_pager: Option<String>,
    /// `core.pager`.
    pub pager: Option<String>,
}

impl ScreenSettings {
    /// Those in force in this directory, in a repository or not; none where git cannot be asked.
    #[must_use]
    pub(crate) fn at(directory: &Path) -> Self {
        let listed = GitCommand::searching(directory)
            .keep_user_config()
            .args(["config", "-z", "--get-regexp"])
            .args([r"^(color\.(agents|ui|pager)|pager\.agents|core\.pager)$"])
            .output(SETTINGS_BYTES);
        Self::read(&listed.unwrap_or_default())
    }

    /// Reads `key LF value NUL`; a bare key is git's word for true.
    fn read(listed: &[u8]) -> Self {
        let text = String::from_utf8_lossy(listed);
        let entries: Vec<(&str, &str)> = text
            .split_terminator('\0')
            .map(|entry| entry.split_once('\n').unwrap_or((entry, "true")))
            .collect();
        // every call of git ends with our own `core.pager` and `color.ui`: they are not the person's
        let set = |key: &str| {
            let own = usize::from(matches!(key, "core.pager" | "color.ui"));
            let mut values = entries.iter().rev().filter(|(name, _)| *name == key);
            values.nth(own).map(|(_, value)| (*value).to_owned())
        };
        Self {
            colour: set("color.agents").or_else(|| set("color.ui")),
            pager_colour: set("color.pager"),
            agents_pager: set("pager.agents"),
            pager: set("core.pager"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_setting_of_the_person_counts_and_ours_do_not() {
        let ours = "core.pager\ncat\0color.ui\nfalse\0";
        let nothing = ScreenSettings::read(ours.as_bytes());
        assert_eq!(nothing, ScreenSettings::default());
        let theirs = "color.ui\nauto\0core.pager\nless\0color.ui\nalways\0pager.agents\0";
        let read = ScreenSettings::read(format!("{theirs}{ours}").as_bytes());
        assert_eq!(read.colour.as_deref(), Some("always"));
        assert_eq!(read.pager.as_deref(), Some("less"));
        assert_eq!(read.agents_pager.as_deref(), Some("true"));
        let both = format!("color.agents\nnever\0color.ui\nalways\0{ours}");
        let both = ScreenSettings::read(both.as_bytes());
        assert_eq!(both.colour.as_deref(), Some("never"));
    }
}
