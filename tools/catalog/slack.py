"""Slack: a copy of its method reference, with a file for each method."""

import dataclasses
import json

from operation import Operation, summary

# The method that says whose a token is.
ACCOUNT = "auth.test"

# The tokens that an app has, each with scopes of its own.
PARTS = ("bot", "user")

# The argument that holds the token itself.
TOKEN = "token"


def operations(folder):
    for file in sorted(folder.glob("*.json")):
        source = json.loads(file.read_text())
        if "args" not in source or file.stem == "methods":
            continue
        *group, name = file.stem.split(".")
        method = source["http_method"]
        operation = Operation(file.stem, method, f"/{file.stem}", summary(" ".join(group), name))
        scopes = source.get("scope", {})
        if not isinstance(scopes, dict):
            scopes = {}
        # Each scope is for a kind of conversation: any one admits the call.
        operation.parts = {part: [[scope] for scope in found] for part in PARTS if (found := scopes.get(part))}
        operation.static = bool(scopes.get("bot"))
        arguments = [name for name in source["args"].get("properties", {}) if name != TOKEN]
        if method == "GET":
            operation.query = arguments
        else:
            operation.body_types = ["application/x-www-form-urlencoded"]
            if source.get("json_input_supported"):
                operation.body_types.append("application/json")
            operation.body_fields = arguments
        if operation.parts:
            yield operation
        if file.stem == ACCOUNT:
            # It needs no scope, and its examples are requests of this method.
            for method in ("GET", "POST"):
                any_token = {part: [[]] for part in PARTS}
                yield dataclasses.replace(operation, method=method, parts=any_token, static=True)
