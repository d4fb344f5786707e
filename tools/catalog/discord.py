"""Discord: its OpenAPI document, which states bot tokens and scopes for each operation."""

import json

import openapi
from operation import summary


def operations(document):
    for operation, source in openapi.operations(json.loads(document.read_text())):
        operation.summary = summary("", operation.id)
        for way in source.get("security", [{}]):
            if "BotToken" in way:
                operation.static = True
            elif "OAuth2" in way:
                operation.user = (operation.user or []) + [way["OAuth2"]]
            else:
                operation.public = True
        if operation.static or operation.user:
            operation.public = False
        yield operation
