//! Holds the declared compiler version against what the dependencies ask for.

#[test]
fn no_dependency_wants_a_newer_compiler_than_we_declare() {
    let cargo = |program: &str, args: &[&str]| {
        let output = std::process::Command::new(program)
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output();
        let output = output.unwrap();
        assert!(
            output.status.success(),
            "{program} {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let version = |text: &str| {
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap());
        (
            numbers.next().unwrap(),
            numbers.next().unwrap_or(0),
            numbers.next().unwrap_or(0),
        )
    };
    let about = cargo("rustc", &["-vV"]);
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let query = [
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ];
    let metadata: serde_json::Value = serde_json::from_str(&cargo(env!("CARGO"), &query)).unwrap();
    let declared = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = metadata["packages"].as_array().unwrap();
    let newer = packages.iter().filter(|p| {
        p["rust_version"]
            .as_str()
            .is_some_and(|v| version(v) > declared)
    });
    let names: Vec<&str> = newer
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert!(packages.len() > 50 && names.is_empty(), "{names:?}");
}
