//! The certificate authority of a run, and the certificates by which the broker is an API host for the
//! agent.
//!
//! The authority is made for one run, and its key never leaves memory. It may sign for the API hosts alone,
//! and for the names of the broker itself where that is reached by TLS (name constraints, RFC 5280 section
//! 4.2.1.10), and for no further authority (path length 0). Certificates are
//! made when a host is first asked for, since most runs need one or two. Keys are P-256: some clients refuse
//! Ed25519.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::{ApiHosts, canonical_host};

/// The time before now from which a certificate counts: clocks of virtual machines differ.
const LEEWAY: Duration = Duration::from_mins(5);

/// The time for which a certificate of a host serves before another is made.
const LIFETIME: Duration = Duration::from_hours(24);

/// The time for which the authority counts; a run that lasts longer needs another launch.
const LONGEST_RUN: Duration = Duration::from_hours(24 * 365);

/// The certificate authority of a run.
pub(crate) struct Certificates {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// One key for all hosts.
    key: KeyPair,
    hosts: ApiHosts,
    /// The names and addresses of the broker itself, where it is reached by TLS.
    own: Vec<String>,
    made: Mutex<HashMap<String, Made>>,
}

/// A certificate of a host.
struct Made {
    at: SystemTime,
    certificate: Arc<CertifiedKey>,
}

impl Certificates {
    /// Makes an authority for these hosts, and for the broker by its own names and addresses.
    ///
    /// # Errors
    ///
    /// A host is no DNS name.
    pub(crate) fn new(hosts: ApiHosts, own: Vec<String>) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "xreq: broker of one run");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(constraints(&hosts, &own));
        let now = SystemTime::now();
        params.not_before = (now - LEEWAY).into();
        params.not_after = (now + LONGEST_RUN).into();
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { issuer, key: KeyPair::generate()?, hosts, own, made: Mutex::default() })
    }

    /// Returns the certificate of the authority in PEM.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Returns the TLS settings of the agent's side.
    pub(crate) fn server_config(self: Arc<Self>) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has all of them")
            .with_no_client_auth()
            .with_cert_resolver(self);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }

    /// Returns the TLS settings of the broker's own address: one certificate for all of its names, whether a
    /// client asks for a name or not. Tunnels need HTTP/1.1.
    ///
    /// # Errors
    ///
    /// A name is none.
    pub(crate) fn own_config(&self) -> Result<ServerConfig, Box<dyn std::error::Error>> {
        let now = SystemTime::now();
        let certificate = self.make(&self.own, now, LONGEST_RUN)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certificate)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn certificate(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let host = canonical_host(host).filter(|host| self.hosts.names().any(|it| it == host))?;
        let now = SystemTime::now();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |made: &&Made| now.duration_since(made.at).is_ok_and(|age| age < LIFETIME);
        if let Some(found) = made.get(&host).filter(is_young) {
            return Some(Arc::clone(&found.certificate));
        }
        let certificate = Arc::new(self.make(std::slice::from_ref(&host), now, LIFETIME).ok()?);
        made.insert(host, Made { at: now, certificate: Arc::clone(&certificate) });
        Some(certificate)
    }

    fn make(
        &self,
        names: &[String],
        now: SystemTime,
        lifetime: Duration,
    ) -> Result<CertifiedKey, Box<dyn std::error::Error>> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, names.first().map_or("", |name| name));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = (now - LEEWAY).into();
        params.not_after = (now + lifetime + LEEWAY).into();
        let leaf = params.signed_by(&self.key, &self.issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let key = rustls::crypto::ring::sign::any_supported_type(&key)?;
        Ok(CertifiedKey::new(vec![leaf.der().clone()], key))
    }
}

/// Returns the names that the authority may sign for: hosts of APIs, and the broker's own names and addresses.
fn constraints(hosts: &ApiHosts, own: &[String]) -> NameConstraints {
    let dns = |name: &str| GeneralSubtree::DnsName(name.to_owned());
    let mut permitted_subtrees: Vec<_> = hosts.names().map(dns).collect();
    // What no permitted name is said of would be free.
    let mut excluded_subtrees = vec![
        GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)),
        GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)),
    ];
    for name in own {
        match name.parse::<IpAddr>() {
            Ok(address) => {
                excluded_subtrees.clear();
                permitted_subtrees.push(GeneralSubtree::IpAddress(match address {
                    IpAddr::V4(address) => CidrSubnet::from_v4_prefix(address.octets(), 32),
                    IpAddr::V6(address) => CidrSubnet::from_v6_prefix(address.octets(), 128),
                }));
            }
            Err(_) => permitted_subtrees.push(dns(name)),
        }
    }
    NameConstraints { permitted_subtrees, excluded_subtrees }
}

impl ResolvesServerCert for Certificates {
    /// Returns the certificate of the host that is asked for by SNI; without one there is none.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate(hello.server_name()?)
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::broker::{Authority, BrokeredCredential, Placeholder, api_hosts};
    use crate::catalog::Catalog;
    use crate::model::credential_id::{CredentialId, Kind, Part};
    use crate::model::name::Label;

    #[test]
    fn a_certificate_is_made_once_and_for_api_hosts_alone() {
        let catalog = Catalog::builtin();
        let x = catalog.provider("x").expect("it is built in");
        let credential = BrokeredCredential {
            id: CredentialId::grant(x.slug.clone(), Label::default()),
            placeholder: Placeholder::random(x, Kind::Oauth2, Part::main(), None),
            requirements: Vec::new(),
            url_values: BTreeMap::new(),
        };
        let authority = Authority { credentials: vec![credential] };
        let certificates =
            Certificates::new(api_hosts(&catalog, &authority).unwrap(), Vec::new()).unwrap();
        let first = certificates.certificate("API.x.com").expect("it is one of them");
        let again = certificates.certificate("api.x.com.").expect("it is the same");
        assert!(Arc::ptr_eq(&first, &again));
        assert!(certificates.certificate("api.twitter.com").is_some());
        for other in ["x.com", "evil.example", "api.x.com.evil.example", "a.api.x.com", ""] {
            assert!(certificates.certificate(other).is_none(), "{other}");
        }
    }
}
