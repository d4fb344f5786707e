//! Names that choose a credential, or make a server do something else than the request line says.

/// The names of credentials in queries, forms and JSON.
const CREDENTIALS: [&str; 30] = [
    "access_key",
    "access_token",
    "accesskey",
    "accesstoken",
    "api-key",
    "api_key",
    "api_token",
    "apikey",
    "apitoken",
    "app_key",
    "app_secret",
    "auth",
    "auth_token",
    "authorization",
    "authtoken",
    "bearer",
    "bearer_token",
    "client_assertion",
    "client_secret",
    "credentials",
    "id_token",
    "jwt",
    "key",
    "password",
    "private_token",
    "refresh_token",
    "session_token",
    "sig",
    "token",
    "x-api-key",
];

/// The names of parameters that no operation has of its own: it is a credential wherever it stands.
const ALWAYS: [&str; 3] = ["access_token", "bearer_token", "refresh_token"];

/// The beginning of the names of parameters that sign a request (RFC 5849 section 3.1).
const SIGNATURE: &str = "oauth_";

/// The headers that have a credential, beside those that a provider's file names.
const CREDENTIAL_HEADERS: [&str; 22] = [
    "api-key",
    "apikey",
    "authorization",
    "deploy-token",
    "job-token",
    "private-token",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-api-token",
    "x-apikey",
    "x-auth",
    "x-auth-key",
    "x-auth-token",
    "x-authorization",
    "x-client-secret",
    "x-figma-token",
    "x-goog-api-key",
    "x-goog-iam-authorization-token",
    "x-id-token",
    "x-shopify-access-token",
    "x-token",
];

/// Returns whether a parameter's name is that of a credential; `own` are those of the operation.
pub(super) fn is_credential(name: &str, own: &[String]) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_always = lower.starts_with(SIGNATURE) || ALWAYS.contains(&&*lower);
    is_always || CREDENTIALS.binary_search(&&*lower).is_ok() && !own.iter().any(|own| own == name)
}

/// Returns whether a header, in lower case, has a credential.
pub(super) fn is_credential_header(name: &str) -> bool {
    CREDENTIAL_HEADERS.binary_search(&name).is_ok()
}

/// Returns a name as a refusal may show it: nothing else of a request is shown.
pub(super) fn shown(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.$-[]".contains(&byte);
    let fits = (1..=40).contains(&name.len()) && name.bytes().all(is_plain);
    if fits { format!("`{name}`") } else { "a name that is not shown".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_may_have_a_key_of_its_own_and_never_an_access_token() {
        let own = ["key".to_owned(), "access_token".to_owned(), "oauth_token".to_owned()];
        assert!(!is_credential("key", &own) && is_credential("key", &[]));
        assert!(is_credential("Key", &own), "its own name has another case");
        for always in ["access_token", "Access_Token", "oauth_token", "OAuth_signature"] {
            assert!(is_credential(always, &own), "{always}");
        }
        assert!(!is_credential("text", &[]) && !is_credential("keys", &[]));
    }

    #[test]
    fn lists_are_in_lower_case_and_in_order() {
        assert!(CREDENTIALS.is_sorted() && CREDENTIAL_HEADERS.is_sorted() && ALWAYS.is_sorted());
        let all = CREDENTIALS.iter().chain(&CREDENTIAL_HEADERS).chain(&ALWAYS);
        assert!(all.into_iter().all(|name| **name == name.to_ascii_lowercase()));
    }
}
