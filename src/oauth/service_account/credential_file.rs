//! Files of credentials as a provider hands them out: the key of a service account, the credentials of a
//! user, and the description of an exchange.
//!
//! A file may come from anybody. So it says who somebody is, and nothing else: where it names servers,
//! programs or whom to act for, it is compared or refused, and never followed.

mod fault;
mod fields;

use age::secrecy::SecretString;
use serde_json::Value;

pub use self::fault::CredentialFault;
use self::fields::Fields;
use super::private_key::PrivateKey;
use super::source::{AccountKey, AuthorizedUser, Federation, LocalSource, Source};
use crate::catalog::ServiceAccount;
use crate::error::{Advice, Parameter, advice};

/// The fields of the key of a service account that say nothing which is needed.
const OF_KEY: [&str; 5] = [
    "client_id",
    "auth_uri",
    "auth_provider_x509_cert_url",
    "client_x509_cert_url",
    "universe_domain",
];

/// The same of the credentials of a user.
const OF_USER: [&str; 7] =
    ["account", "expiry", "quota_project_id", "rapt_token", "scopes", "token", "universe_domain"];

/// The fields of a federation; nothing in `credential_source` is followed.
const OF_FEDERATION: [&str; 10] = [
    "type",
    "audience",
    "subject_token_type",
    "token_url",
    "token_info_url",
    "service_account_impersonation_url",
    "service_account_impersonation",
    "credential_source",
    "quota_project_id",
    "universe_domain",
];

/// The types of tokens that say who somebody is (RFC 8693 section 3).
const TYPES_OF_PROOFS: [&str; 4] = [
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:saml2",
    "urn:ietf:params:oauth:token-type:access_token",
];

/// The longest account, key id or project that is believed, in characters.
const LONGEST_NAME: usize = 200;

/// A file that was read.
#[derive(Debug)]
pub struct CredentialFile {
    /// The source of tokens in it.
    pub source: Source,
    /// The project that the account belongs to, where the file says that.
    pub project: Option<String>,
}

impl CredentialFile {
    /// Reads a text. The URLs that it names have to be the provider's. Tokens of another identity provider
    /// come from the source that a person named beside the file.
    ///
    /// # Errors
    ///
    /// [`CredentialFault`].
    pub fn parse(
        text: &str,
        data: &ServiceAccount,
        subject: Option<&LocalSource>,
    ) -> Result<Self, CredentialFault> {
        let mut fields = Fields::read(text)?;
        let kind = fields.required("type")?;
        let file = match (kind.as_str(), subject) {
            ("service_account", None) => Self::key(&mut fields)?,
            ("authorized_user", None) => Self::user(&mut fields)?,
            ("external_account", Some(subject)) => {
                let source = federation(&fields, data, subject)?;
                return Ok(Self { source: Source::Federation(source), project: None });
            }
            ("service_account" | "authorized_user", Some(_)) => {
                let what = "this file has the secret itself, and no token is exchanged for it";
                let way_out = "give the file without a program or another file beside it";
                return Err(CredentialFault {
                    way_out: Some(way_out.into()),
                    ..fields.fault("type", what)
                });
            }
            _ => return Err(other(&fields, &kind)),
        };
        fields.refuse_other_url("token_uri", &data.token_url)?;
        Ok(file)
    }

    fn key(fields: &mut Fields<'_>) -> Result<Self, CredentialFault> {
        let known = ["type", "project_id", "private_key_id", "private_key", "client_email"];
        fields.refuse_others(&[&known, &OF_KEY])?;
        let client_email = fields.required("client_email")?;
        if !is_account(&client_email) {
            return Err(fields.fault("client_email", "`client_email` is no account"));
        }
        let key_id = named(fields, "private_key_id")?;
        let project = named(fields, "project_id")?;
        let private_key = fields.secret("private_key")?;
        if let Err(fault) = PrivateKey::from_pem(&private_key) {
            return Err(fields.fault("private_key", format!("`private_key` {fault}")));
        }
        let key = AccountKey { client_email, key_id, private_key };
        Ok(Self { source: Source::Key(key), project })
    }

    fn user(fields: &mut Fields<'_>) -> Result<Self, CredentialFault> {
        let known = ["type", "client_id", "client_secret", "refresh_token"];
        fields.refuse_others(&[&known, &OF_USER])?;
        let client_id = named(fields, "client_id")?;
        let client_id = client_id.ok_or_else(|| fields.missing("client_id"))?;
        let client_secret = visible(fields, "client_secret")?;
        let refresh_token = visible(fields, "refresh_token")?;
        let project = named(fields, "quota_project_id")?;
        let user = AuthorizedUser { client_id, client_secret, refresh_token };
        Ok(Self { source: Source::AuthorizedUser(user), project })
    }
}

/// Returns the exchange that a file describes.
fn federation(
    fields: &Fields<'_>,
    data: &ServiceAccount,
    subject: &LocalSource,
) -> Result<Federation, CredentialFault> {
    fields.refuse_others(&[&OF_FEDERATION])?;
    let Some(exchange_url) = &data.exchange_url else {
        let what = "the provider exchanges no tokens of other identity providers";
        return Err(fields.fault("type", what));
    };
    fields.refuse_other_url("token_url", exchange_url)?;
    let audience = named(fields, "audience")?.ok_or_else(|| fields.missing("audience"))?;
    let subject_token_type = fields.required("subject_token_type")?;
    if !TYPES_OF_PROOFS.contains(&subject_token_type.as_str()) {
        let what = "`subject_token_type` is no type of token that a program or a file has";
        return Err(fields.fault("subject_token_type", what));
    }
    let name = "service_account_impersonation_url";
    let account = fields.optional(name)?.map(|url| {
        let account = data.account_in(&url).filter(|account| is_account(account));
        account.map(str::to_owned).ok_or_else(|| fields.foreign(name))
    });
    Ok(Federation {
        audience,
        subject_token_type,
        account: account.transpose()?,
        subject: subject.clone(),
    })
}

/// Returns why a file of another type is of no use.
fn other(fields: &Fields<'_>, kind: &str) -> CredentialFault {
    let (what, way_out): (_, Advice) = match kind {
        "external_account" => (
            "this says where tokens come from, what is run for them and where they are exchanged, which a \
             file does not decide",
            advice![
                "name the program that prints the other provider's token beside the file, with ",
                Parameter::Command,
                ", or the file that has it, with ",
                Parameter::TokenFile
            ],
        ),
        "external_account_authorized_user"
        | "impersonated_service_account"
        | "gdch_service_account" => (
            "this is a configuration that says what is run and where tokens are asked for, which a file \
             does not decide",
            advice![
                "name the program that prints a token with ",
                Parameter::Command,
                ", or the file that has one with ",
                Parameter::TokenFile
            ],
        ),
        _ => (
            "`type` is neither `service_account` nor `authorized_user`",
            "give the key of a service account, as the provider's console hands it out".into(),
        ),
    };
    CredentialFault { way_out: Some(way_out), ..fields.fault("type", what) }
}

/// Returns the name in a field, where there is one.
fn named(fields: &Fields<'_>, name: &str) -> Result<Option<String>, CredentialFault> {
    let Some(text) = fields.optional(name)? else { return Ok(None) };
    if text.is_empty() {
        return Ok(None);
    }
    let is_name = text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name { Ok(Some(text)) } else { Err(fields.fault(name, format!("`{name}` is no name"))) }
}

/// Returns the secret in a field, which has to be one that can be sent.
fn visible(fields: &mut Fields<'_>, name: &str) -> Result<SecretString, CredentialFault> {
    let has_others = |value: &Value| {
        value.as_str().is_some_and(|text| !text.bytes().all(|byte| byte.is_ascii_graphic()))
    };
    if fields.get(name).is_some_and(has_others) {
        return Err(fields.fault(name, format!("`{name}` has characters that none has")));
    }
    fields.secret(name)
}

/// Returns whether a text is an account: an address of e-mail.
fn is_account(text: &str) -> bool {
    let is_graphic = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#%".contains(&byte));
    let has_two_halves = text
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    is_graphic && has_two_halves && text.len() <= LONGEST_NAME
}

#[cfg(test)]
mod tests;
