//! Which route is taken. Pure.
//!
//! Chosen, and why:
//! - git ≥ 2.54: hooks from the configuration. No other tool can hide or
//!   overwrite them, and `hooks` stays free for all of them.
//! - else files in `hooks`. Rejected as the default: a hook directory of our
//!   own through `core.hooksPath`. It costs a shell for each hook that
//!   is not there (three in every commit), pre-commit refuses to install
//!   while the setting stands, and lefthook and git-lfs write into it.
//! - that directory where files in `hooks` cannot do: another `core.hooksPath`
//!   (husky), a hook that works only under its own name, a `hooks` directory
//!   that is a link, tracked or read-only.
//! - one form at a time: on git ≥ 2.54 both forms would start us twice.

use super::InstallOptions;
use super::manager::Manager;
use super::survey::{Occupant, Survey};

/// The first git that reads hooks from its configuration.
pub(super) const CONFIG_HOOKS_SINCE: (u32, u32, u32) = (2, 54, 0);

/// What will be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// `hook.agents-<event>` in the configuration.
    Config,
    /// Shims in `hooks`.
    Files,
    /// A hook directory of ours that stands in for another one.
    Dispatcher,
    /// Nothing, for this reason.
    Refuse(String),
}

pub(super) fn decide(survey: &Survey, options: &InstallOptions) -> Decision {
    if options.git_version >= CONFIG_HOOKS_SINCE && survey.config_unusable.is_none() {
        return Decision::Config;
    }
    if survey.noexec {
        return Decision::Refuse(format!("{} is mounted noexec", survey.common_dir.display()));
    }
    let Some(why) = not_in_hooks(survey) else {
        return Decision::Files;
    };
    if survey.hooks_path.scope == "worktree" && !survey.usual_directory {
        return Decision::Refuse("core.hooksPath is set for this work tree alone".to_owned());
    }
    match &survey.config_unusable {
        None => Decision::Dispatcher,
        Some(config) => Decision::Refuse(format!("{why}, and {config}")),
    }
}

/// Why files in `hooks` would not do.
fn not_in_hooks(survey: &Survey) -> Option<String> {
    if !survey.usual_directory {
        return Some("core.hooksPath is set".to_owned());
    }
    if survey.managers.contains(&Manager::Husky) {
        return Some("husky sets core.hooksPath".to_owned());
    }
    if let Some(why) = &survey.hooks_unusable {
        return Some(why.clone());
    }
    let named = survey
        .occupants
        .iter()
        .find(|(_, occupant)| *occupant == Occupant::NeedsItsName);
    named.map(|(event, _)| format!("the {event} hook works only under its own name"))
}

#[cfg(test)]
mod tests {
    use super::super::event::Event;
    use super::super::hooks_path::HooksPath;
    use super::super::survey::Places;
    use super::*;
    use std::path::{Path, PathBuf};

    fn plain() -> Survey {
        Survey {
            common_dir: PathBuf::from("/r/.git"),
            work_tree: Some(PathBuf::from("/r")),
            places: Places::of(Path::new("/r/.git")),
            hooks_path: HooksPath::default(),
            usual_directory: true,
            hooks_unusable: None,
            config_unusable: None,
            noexec: false,
            managers: Vec::new(),
            occupants: Vec::new(),
        }
    }

    fn with(version: (u32, u32, u32), survey: &Survey) -> Decision {
        decide(
            survey,
            &InstallOptions {
                global: false,
                notes: false,
                binary: PathBuf::from("/b"),
                git_version: version,
            },
        )
    }

    #[test]
    fn the_version_of_git_chooses_first() {
        assert_eq!(with((2, 47, 3), &plain()), Decision::Files);
        assert_eq!(with((2, 53, 9), &plain()), Decision::Files);
        assert_eq!(with((2, 54, 0), &plain()), Decision::Config);
        assert_eq!(
            with(
                (3, 0, 0),
                &Survey {
                    noexec: true,
                    ..plain()
                }
            ),
            Decision::Config
        );
        let read_only = Survey {
            config_unusable: Some("x".into()),
            ..plain()
        };
        assert_eq!(with((2, 55, 0), &read_only), Decision::Files);
    }

    #[test]
    fn where_files_in_hooks_would_not_do() {
        let old = (2, 47, 3);
        let set = Survey {
            usual_directory: false,
            ..plain()
        };
        assert_eq!(with(old, &set), Decision::Dispatcher);
        assert_eq!(
            with(
                old,
                &Survey {
                    managers: vec![Manager::Husky],
                    ..plain()
                }
            ),
            Decision::Dispatcher
        );
        assert_eq!(
            with(
                old,
                &Survey {
                    hooks_unusable: Some("x".into()),
                    ..plain()
                }
            ),
            Decision::Dispatcher
        );
        let named = vec![(Event::PostCommit, Occupant::NeedsItsName)];
        assert_eq!(
            with(
                old,
                &Survey {
                    occupants: named,
                    ..plain()
                }
            ),
            Decision::Dispatcher
        );
        assert_eq!(
            with(
                old,
                &Survey {
                    managers: vec![Manager::PreCommit],
                    ..plain()
                }
            ),
            Decision::Files
        );
    }

    #[test]
    fn what_is_refused() {
        let old = (2, 47, 3);
        assert!(matches!(
            with(
                old,
                &Survey {
                    noexec: true,
                    ..plain()
                }
            ),
            Decision::Refuse(_)
        ));
        let worktree = HooksPath {
            theirs: Some(PathBuf::from("x")),
            scope: "worktree".into(),
            ours_wins: false,
        };
        let survey = Survey {
            hooks_path: worktree,
            usual_directory: false,
            ..plain()
        };
        assert!(matches!(with(old, &survey), Decision::Refuse(_)));
        let both = Survey {
            config_unusable: Some("a".into()),
            hooks_unusable: Some("b".into()),
            ..plain()
        };
        assert_eq!(with(old, &both), Decision::Refuse("b, and a".into()));
    }
}
