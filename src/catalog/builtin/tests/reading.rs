//! The operations that read: what the method says wrongly is marked.

use crate::catalog::{Catalog, Method};

#[test]
fn an_operation_is_marked_where_its_method_is_wrong_and_nowhere_else() {
    for provider in Catalog::builtin().providers() {
        for operation in provider.operations() {
            let by_method = matches!(operation.method, Method::Get | Method::Head);
            assert_ne!(operation.reads, Some(by_method), "{operation} says what its method does");
        }
    }
}

#[test]
fn searches_read_and_what_slack_does_by_get_does_not() {
    let catalog = Catalog::builtin();
    for (slug, operation, reads) in [
        ("notion", "POST /v1/search", true),
        ("google", "POST /calendar/v3/freeBusy", true),
        ("google", "POST /v1beta/properties/{propertiesId}:runReport", true),
        ("slack", "POST /bookmarks.list", true),
        ("slack", "GET /users.deletePhoto", false),
        ("slack", "GET /admin.emoji.add", false),
        ("slack", "GET /users.list", true),
        ("x", "POST /2/tweets", false),
        ("x", "GET /2/users/me", true),
    ] {
        let provider = catalog.provider(slug).expect("it is built in");
        let found = provider.operations().iter().find(|it| it.to_string() == operation);
        assert_eq!(found.expect(operation).only_reads(), reads, "{operation}");
    }
}
