"""What people decided of a provider's operations: which stand, and what keys are for.

A file of `rules/` has these fields, all of which may be absent. Names of operations are those of the
source, and `*` in them stands for any text.

| field | |
| --- | --- |
| `only` | the operations that are kept |
| `standing` | operations that make authority which outlives the call |
| `reads` | operations that change nothing, although their method is neither GET nor HEAD |
| `changes` | operations that change something, although it is |
| `keys` | by key: `ids` and `methods` of its operations (all); it gets those of them that its scopes cover, and that do not stand, unless the key is `standing` |
| `patterns` | by operation: the patterns of parameters of its path of which the source says nothing |
| `query_names` | by name of a parameter of a query: another one, older or newer, that the API takes in its place |
| `summaries` | by operation: a summary in our own words |
| `scopes` | by method and path: alternatives where the source says nothing, the first that matches |
"""

import json

from operation import is_any


def apply(operations, rules, provider):
    """Applies a provider's rules to the operations of its source."""
    named = [name for field in ("standing", "reads", "changes") for name in rules.get(field, [])]
    unused = [name for name in named if not any(is_any(o.id, [name]) for o in operations)]
    if unused:
        raise SystemExit(f"{provider['provider']}: no operation is called {', '.join(unused)}")
    only = rules.get("only")
    kept = [o for o in operations if only is None or is_any(o.id, only)]
    kinds = provider.get("kinds", {})
    for operation in kept:
        operation.static &= "static" in kinds
        operation.service_account &= "service_account" in kinds
        if "authorize_url" not in provider["endpoints"]:
            operation.user = None
            operation.parts = {}
    kept = [o for o in kept if is_callable(o)]
    for operation in kept:
        operation.standing = is_any(operation.id, rules.get("standing", []))
        # As far as the method does not say it.
        if operation.method in ("GET", "HEAD"):
            operation.reads = False if is_any(operation.id, rules.get("changes", [])) else None
        else:
            operation.reads = True if is_any(operation.id, rules.get("reads", [])) else None
        operation.patterns = rules.get("patterns", {}).get(operation.id, {}) | operation.patterns
        operation.query += [
            other
            for name, other in rules.get("query_names", {}).items()
            if name in operation.query and other not in operation.query
        ]
        operation.summary = rules.get("summaries", {}).get(operation.id, operation.summary)
        operation.keys += [
            key
            for key, rule in rules.get("keys", {}).items()
            if gives(provider, key, rule, operation)
        ]
    return kept


def is_callable(operation):
    """Returns whether a credential of some kind, or none, lets an operation through."""
    kinds = (operation.app_only, operation.oauth1, operation.static, operation.service_account)
    return operation.user is not None or operation.parts or operation.public or any(kinds)


def gives(provider, key, rule, operation):
    """Returns whether a key is for an operation."""
    capability = provider["capabilities"][key]
    if operation.standing and not capability.get("standing"):
        return False
    if not is_any(operation.id, rule.get("ids", ["*"])) or is_any(operation.id, rule.get("but", [])):
        return False
    if operation.method not in rule.get("methods", [operation.method]):
        return False
    kinds = capability.get("kinds", ["oauth2"])
    demands = [operation.user]
    if "parts" in provider:
        parts = capability.get("parts", list(provider["parts"]))
        demands = [operation.parts.get(part) for part in parts]
    if "oauth2" not in kinds or None in demands:
        return any(getattr(operation, kind) for kind in kinds if kind != "oauth2")
    sets = [capability.get("published", []) + capability.get("api", [])] + capability.get("any_of", [])
    return all(covers(provider, scopes, demand) for scopes in sets for demand in demands)


def covers(provider, scopes, alternatives):
    """Returns whether scopes, with all that they include, cover one of some alternatives."""
    granted, waiting = set(), list(scopes)
    while waiting:
        scope = waiting.pop()
        if scope in granted:
            continue
        granted.add(scope)
        definition = provider["scopes"].get(scope, "")
        if isinstance(definition, dict):
            waiting += definition.get("implies", [])
    return any(set(alternative) <= granted for alternative in alternatives)


def read(path):
    """Reads the rules of a provider; none where there is no file."""
    return json.loads(path.read_text()) if path.exists() else {}
