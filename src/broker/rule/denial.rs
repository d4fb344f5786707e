//! The refusal of an operation that a credential is not allowed: what would unlock it.

use crate::broker::{Authority, BrokeredCredential, Refusal, RefusalCode};
use crate::catalog::{Operation, Permission, Provider};

/// Returns the refusal of an operation that no requirement of a credential gives.
pub(super) fn of(
    provider: &Provider,
    operation: &Operation,
    presented: &BrokeredCredential,
    authority: &Authority,
) -> Refusal {
    let of_provider = |it: &&BrokeredCredential| it.id.provider == presented.id.provider;
    let others = || authority.credentials.iter().filter(of_provider);
    let allowing = others().find(|other| {
        let permission = provider.allowed(operation, &other.satisfactions());
        matches!(permission, Some(Permission::By(_)))
    });
    if let Some(other) = allowing {
        let (kind, account) = (other.id.kind.name(), other.id.account.as_str());
        let detail = format!(
            "`{operation}` takes another credential of this run: that of kind `{kind}` of the account \
             `{account}`"
        );
        return Refusal::new(RefusalCode::WrongKind, detail).of_operation(operation);
    }
    let ways: Vec<Vec<String>> = provider
        .keys_for(operation)
        .into_iter()
        .map(|keys| keys.into_iter().map(str::to_owned).collect())
        .collect();
    let is_declared = |key: &String| {
        others().any(|other| other.requirements.iter().any(|declared| declared.key == *key))
    };
    if ways.iter().any(|keys| keys.iter().all(is_declared)) {
        let kinds: Vec<_> =
            provider.kinds().into_iter().filter(|it| operation.accepts(*it)).collect();
        let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
        let detail = format!(
            "`{operation}` is declared, and takes a credential of another kind or part: {}",
            kinds.join(" or ")
        );
        return Refusal::new(RefusalCode::WrongKind, detail).of_operation(operation);
    }
    let detail = if ways.is_empty() {
        format!("`{operation}` is given by no key")
    } else {
        format!("`{operation}` is not declared")
    };
    let refusal = Refusal::new(RefusalCode::NotDeclared, detail).of_operation(operation);
    Refusal { unlock: ways, ..refusal }
}
