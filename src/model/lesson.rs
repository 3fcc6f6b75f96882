//! A lesson that retro proposes for `docs/solutions/`.

/// Untrusted text from an agent, or a fact of the offline reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// Title.
    pub title: String,
    /// Folder below `docs/solutions`: `security-issues`, `performance-issues`, ...
    pub category: String,
    /// `security_issue`, `performance_issue`, `best_practice`, ...
    pub problem_type: String,
    /// The module it is about.
    pub module: String,
    /// Search words.
    pub tags: Vec<String>,
    /// Markdown.
    pub body: String,
}

impl Lesson {
    /// Where it would be written: `docs/solutions/<category>/<title>.md`, both
    /// reduced to `[a-z0-9-]`, so that no text can lead out of the folder.
    #[must_use]
    pub fn path(&self) -> String {
        format!(
            "docs/solutions/{}/{}.md",
            slug(&self.category, "lessons"),
            slug(&self.title, "lesson")
        )
    }
}

fn slug(text: &str, fallback: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let mut joined = words.join("-");
    joined.truncate(60);
    let joined = joined.trim_end_matches('-');
    if joined.is_empty() {
        fallback.to_owned()
    } else {
        joined.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_or_category_leads_out_of_the_folder() {
        let lesson = Lesson {
            title: "../../Cache key: tenant!".into(),
            category: "/etc/..".into(),
            problem_type: String::new(),
            module: String::new(),
            tags: Vec::new(),
            body: String::new(),
        };
        assert_eq!(lesson.path(), "docs/solutions/etc/cache-key-tenant.md");
        let empty = Lesson {
            title: "\u{202e}".into(),
            category: String::new(),
            ..lesson
        };
        assert_eq!(empty.path(), "docs/solutions/lessons/lesson.md");
    }
}
