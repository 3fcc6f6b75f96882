//! Lock files that are YAML as their tools write it, read by lines: pnpm, pub, CocoaPods.

use super::json::{NPM, split_name};
use super::lines::{field, indentation, unquoted};
use super::package::{Origin, Package, Parsed, line_number};

/// `pnpm-lock.yaml`, versions 5 to 9: the `packages` section.
pub(super) fn pnpm(text: &str) -> Parsed {
    if !text
        .lines()
        .any(|line| line.starts_with("lockfileVersion") || line.starts_with("shrinkwrapVersion"))
    {
        return Err("no `lockfileVersion` in it".to_owned());
    }
    let version = text
        .lines()
        .find_map(|line| field(line, "lockfileVersion"))
        .unwrap_or("5");
    let read_key = if version.starts_with('5') {
        pnpm_slashed_key
    } else {
        pnpm_key
    };
    let mut packages: Vec<Package> = Vec::new();
    let mut section = "";
    for (index, line) in said(text) {
        match indentation(line) {
            0 => section = line.split(':').next().unwrap_or(""),
            2 if section == "packages" => {
                let key = line
                    .trim()
                    .split('(')
                    .next()
                    .unwrap_or("")
                    .trim_end_matches(':');
                let package = read_key(key.trim_matches(['\'', '"', ':']));
                packages.extend(package.map(|p| p.with_line(line_number(index))));
            }
            4.. if section == "packages" => {
                packages
                    .last_mut()
                    .into_iter()
                    .for_each(|package| pnpm_detail(package, line));
            }
            _ => {}
        }
    }
    Ok(packages)
}

/// Version 5: `/name/1.0.0_peers`, `/@scope/name/1.0.0`, `github.com/owner/repo/hash`.
fn pnpm_slashed_key(key: &str) -> Option<Package> {
    let Some(inner) = key.strip_prefix('/') else {
        let (name, version) = key.rsplit_once('/')?;
        return Some(Package::new(name, version, Origin::foreign(key)));
    };
    let scope = if inner.starts_with('@') {
        inner.find('/')? + 1
    } else {
        0
    };
    let slash = scope + inner[scope..].find('/')?;
    let version = inner[slash + 1..].split('_').next().unwrap_or("");
    Some(Package::new(&inner[..slash], version, Origin::Registry))
}

/// Later: `/name@1.0.0`, `name@1.0.0`, `name@https://...`, `github.com/owner/repo/hash`.
fn pnpm_key(key: &str) -> Option<Package> {
    let inner = key.strip_prefix('/').unwrap_or(key);
    if let Some((name, version)) = split_name(inner) {
        let origin = if version.contains("://") || version.starts_with("file:") {
            Origin::address(version, &NPM)
        } else {
            Origin::Registry
        };
        return Some(Package::new(name, version, origin));
    }
    let (name, version) = inner.rsplit_once('/')?;
    Some(Package::new(name, version, Origin::foreign(key)))
}

/// Lines that are not blank, with their indices.
fn said(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
}

fn pnpm_detail(package: &mut Package, line: &str) {
    let Some(resolution) = field(line, "resolution") else {
        let digest = field(line, "integrity").filter(|_| package.digest.is_none());
        if let Some(digest) = digest {
            package.digest = Some(digest.to_owned());
        }
        return;
    };
    let part = |key: &str| {
        let at = resolution.find(&format!("{key}: "))? + key.len() + 2;
        Some(unquoted(
            resolution[at..].split([',', '}']).next().unwrap_or(""),
        ))
    };
    package.digest = part("integrity").map(str::to_owned);
    if let Some(url) = part("repo") {
        package.origin = Origin::foreign(&format!("git+{url}"));
    } else if let Some(url) = part("tarball") {
        package.origin = Origin::address(url, &NPM);
    }
}

/// `pubspec.lock`.
pub(super) fn pubspec(text: &str) -> Parsed {
    if !text
        .lines()
        .any(|line| line.starts_with("packages:") || line.starts_with("sdks:"))
    {
        return Err("no `packages` in it".to_owned());
    }
    let mut packages: Vec<Package> = Vec::new();
    let (mut section, mut url) = ("", String::new());
    for (index, line) in said(text) {
        match indentation(line) {
            0 if !line.starts_with('#') => section = line.split(':').next().unwrap_or(""),
            2 if section == "packages" => {
                let name = unquoted(line.trim().trim_end_matches(':'));
                packages
                    .push(Package::new(name, "", Origin::Registry).with_line(line_number(index)));
                url.clear();
            }
            4.. if section == "packages" => {
                packages
                    .last_mut()
                    .into_iter()
                    .for_each(|package| pub_detail(package, line, &mut url));
            }
            _ => {}
        }
    }
    Ok(packages)
}

fn pub_detail(package: &mut Package, line: &str, url: &mut String) {
    if let Some(found) = field(line, "url") {
        found.clone_into(url);
    } else if let Some(digest) = field(line, "sha256") {
        package.digest = Some(digest.to_owned());
    } else if let Some(version) = field(line, "version") {
        version.clone_into(&mut package.version);
    } else if let Some(kind) = field(line, "source") {
        package.origin = match kind {
            "hosted" => Origin::address(url, &["https://pub.dev", "https://pub.dartlang.org", ""]),
            "git" => Origin::foreign(&format!("git+{url}")),
            _ => Origin::Unsaid,
        };
    }
}

/// `Podfile.lock`.
pub(super) fn podfile(text: &str) -> Parsed {
    if !text.lines().any(|line| line.starts_with("PODS:")) {
        return Err("no `PODS` in it".to_owned());
    }
    let mut packages: Vec<Package> = Vec::new();
    let (mut section, mut pod) = ("", "");
    for (index, line) in said(text) {
        match (indentation(line), section) {
            (0, _) => section = line.split(':').next().unwrap_or(""),
            (2, "PODS") => {
                packages.extend(pod_entry(line).map(|p| p.with_line(line_number(index))));
            }
            (2, "EXTERNAL SOURCES") => pod = unquoted(line.trim().trim_end_matches(':')),
            (4, "EXTERNAL SOURCES") => external(&mut packages, pod, line),
            _ => {}
        }
    }
    Ok(packages)
}

/// `- Name/Sub (1.2.3):`.
fn pod_entry(line: &str) -> Option<Package> {
    let entry = unquoted(line.trim().strip_prefix("- ")?.trim_end_matches(':'));
    let (name, version) = entry.split_once(" (")?;
    Some(Package::new(
        name,
        version.trim_end_matches(')'),
        Origin::Registry,
    ))
}

fn external(packages: &mut [Package], pod: &str, line: &str) {
    let Some(url) = field(line, ":git") else {
        return;
    };
    let belongs = |name: &str| {
        name == pod
            || name
                .strip_prefix(pod)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    packages
        .iter_mut()
        .filter(|p| belongs(&p.name))
        .for_each(|p| p.origin = Origin::foreign(&format!("git+{url}")));
}
