"""Discord: its OpenAPI document, which states bot tokens and scopes for each operation."""

import json

import openapi
from operation import summary


def operations(document):
    document = json.loads(document.read_text())
    flows = document["components"]["securitySchemes"]["OAuth2"]["flows"]
    every = {scope for flow in flows.values() for scope in flow["scopes"]}
    for operation, source in openapi.operations(document):
        operation.summary = summary("", operation.id)
        for way in source.get("security", [{}]):
            if "BotToken" in way:
                operation.static = True
            elif "OAuth2" in way:
                # A list of all scopes means that any token will do: no token has all.
                scopes = [] if set(way["OAuth2"]) == every else way["OAuth2"]
                operation.user = (operation.user or []) + [scopes]
            else:
                operation.public = True
        if operation.static or operation.user:
            operation.public = False
        yield operation
