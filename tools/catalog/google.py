"""Google: the discovery documents that its Python client ships."""

import json
import zipfile

from operation import Operation, fits, summary

DOCUMENTS = "googleapiclient/discovery_cache/documents"

# The hosts that need no service: `api_url` of the provider files.
WITHOUT_SERVICE = {"https://www.googleapis.com/", "https://aiplatform.googleapis.com/"}

# Their names are no part of an operation: they choose its credential, or wrap its answer.
NOT_OURS = {"access_token", "oauth_token", "key", "callback", "uploadType", "upload_protocol"}


def read(wheel, names):
    """Yields the documents of these APIs."""
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            yield json.loads(archive.read(f"{DOCUMENTS}/{name}.json"))


# Services of which a service account sees what was shared with it. The others are for people alone, or take
# a subject.
SHARED_WITH = {"calendar", "drive", "docs", "sheets", "slides", "aiplatform"}


def operations(wheel, names):
    for document in read(wheel, names):
        for method in methods(document):
            yield from of_method(document, method)


def methods(resource):
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


def of_method(document, method):
    """Yields an operation, and the one that takes its content by upload."""
    path = "/" + document["servicePath"] + method["path"]
    if not fits(path):
        path = "/" + document["servicePath"] + method["flatPath"]
    if not fits(path):
        print(f"left out, since its path cannot be said: {method['id']} {path}")
        return
    _, *group, name = method["id"].split(".")
    said = summary(" ".join([document["name"], *group]), name)
    operation = Operation(method["id"], method["httpMethod"], path, said)
    operation.service_account = document["name"] in SHARED_WITH
    root = document["rootUrl"]
    operation.service = None if root in WITHOUT_SERVICE else root.removeprefix("https://").split(".")[0]
    if "scopes" not in method:
        # Whether it takes no token, or a key, is not said.
        return
    operation.user = [[scope] for scope in method["scopes"]]
    listed = method.get("parameters", {})
    operation.query = [n for n, p in listed.items() if p["location"] == "query" and n not in NOT_OURS]
    operation.repeated = [n for n in operation.query if listed[n].get("repeated")]
    if "request" in method:
        schema = document["schemas"][method["request"]["$ref"]]
        operation.body_types = ["application/json"]
        operation.body_fields = list(schema.get("properties", {}))
    yield operation
    upload = method.get("mediaUpload")
    if upload:
        yield Operation(
            id=method["id"] + ".upload",
            method=operation.method,
            path=upload["protocols"]["simple"]["path"],
            summary=f"{said}, with content",
            service=operation.service,
            user=operation.user,
            service_account=operation.service_account,
            query=[*operation.query, "uploadType"],
            repeated=operation.repeated,
            body_types=[*upload.get("accept", ["*/*"]), "multipart/related"],
        )
