//! Remote URLs without what they may give away.

/// The URL without user information, query and fragment, where tokens hide.
/// `user@host:path` and paths stay as they are, unless a password is in front.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return without_scp_password(url);
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let path = path.split(['?', '#']).next().unwrap_or("");
    format!("{scheme}://{host}{path}")
}

/// `user:password@host:path` becomes `host:path`.
fn without_scp_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((user, rest)) if user.contains(':') && !user.contains('/') => rest.to_owned(),
        _ => url.to_owned(),
    }
}

/// The last part of a URL or path, without `.git`; none if there is nothing.
pub(super) fn last_part(url: &str) -> Option<String> {
    let url = without_credentials(url);
    let trimmed = url.trim_end_matches("/.").trim_end_matches('/');
    let trimmed = trimmed.strip_suffix("/.git").unwrap_or(trimmed);
    let part = trimmed.rsplit(['/', ':']).next().unwrap_or(trimmed);
    let name = part.strip_suffix(".git").unwrap_or(part);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_survive() {
        let cases = [
            ("https://me:token@host/a/b.git", "https://host/a/b.git"),
            ("https://token@host/a?private_token=1#x", "https://host/a"),
            ("ssh://git@host:22/a.git", "ssh://host:22/a.git"),
            ("https://me:p@ss@host/a@b", "https://host/a@b"),
            ("git@host:a/b.git", "git@host:a/b.git"),
            ("me:secret@host:a/b.git", "host:a/b.git"),
            ("/srv/git/a.git", "/srv/git/a.git"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_credentials(url), expected);
        }
    }

    #[test]
    fn the_name_is_the_last_part() {
        let cases = [
            ("https://h/a/b.git", Some("b")),
            ("git@h:b.git", Some("b")),
            ("/srv/b/", Some("b")),
            ("/srv/b/.git", Some("b")),
            ("/srv/b/.", Some("b")),
            ("", None),
        ];
        for (url, expected) in cases {
            assert_eq!(last_part(url).as_deref(), expected, "{url}");
        }
    }
}
