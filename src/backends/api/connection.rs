//! How the API is reached: no redirects, the person's own certificates and proxy.
//!
//! `SSL_CERT_FILE` names certificates in PEM that take the place of the built-in ones, as it does
//! for curl and OpenSSL; a file that cannot be used stops the request, since going on without it
//! would trust whom the person took away. `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`
//! are obeyed, except for this machine's own addresses.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::Fault;

/// For the connection alone; a model may think for minutes.
const CONNECT: Duration = Duration::from_secs(20);
/// Most that is read of a file of certificates, bytes; a whole system's has some 200 kB.
const CERTIFICATES: u64 = 16 << 20;

/// Without redirects: the question and the key are for one place.
pub(super) fn agent(url: &str) -> Result<Agent, Fault> {
    let mut config = Agent::config_builder()
        .timeout_connect(Some(CONNECT))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("git-agents/", env!("CARGO_PKG_VERSION")));
    let host = url.split('/').nth(2).unwrap_or_default();
    if ["localhost", "127.", "[::1]"]
        .iter()
        .any(|name| host.starts_with(name))
    {
        config = config.proxy(None);
    }
    let file = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty());
    if let Some(file) = file.filter(|_| url.starts_with("https:")) {
        let roots = roots(Path::new(&file)).map_err(|why| Fault {
            message: format!(
                "connection failed: SSL_CERT_FILE {}: {why}",
                file.to_string_lossy()
            ),
            ..Fault::default()
        })?;
        config = config.tls_config(
            TlsConfig::builder()
                .root_certs(RootCerts::new_with_certs(&roots))
                .build(),
        );
    }
    Ok(config.build().new_agent())
}

/// The certificates in a file.
fn roots(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(CERTIFICATES).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    let items = parse_pem(&bytes).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let found: Vec<_> = items.collect();
    if found.is_empty() {
        Err("no certificate in it".to_owned())
    } else {
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn certificates_are_read_and_a_file_without_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("roots.pem");
        let why = |file: &Path| roots(file).unwrap_err();
        assert!(why(&file).contains("No such file"), "{}", why(&file));
        std::fs::write(&file, "not a certificate\n").unwrap();
        assert_eq!(why(&file), "no certificate in it");
        let one = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        std::fs::write(&file, format!("# a comment\n{one}{one}")).unwrap();
        assert_eq!(roots(&file).unwrap().len(), 2);
    }
}
