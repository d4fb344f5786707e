"""X: its OpenAPI document."""

import json

import openapi


def operations(document):
    for operation, source in openapi.operations(json.loads(document.read_text())):
        for way in source.get("security", []):
            if "OAuth2UserToken" in way:
                operation.user = (operation.user or []) + [way["OAuth2UserToken"]]
            operation.app_only |= "BearerToken" in way
            operation.oauth1 |= "UserToken" in way
        operation.public = not (operation.user is not None or operation.app_only or operation.oauth1)
        yield operation
