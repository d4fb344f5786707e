"""GitHub: its OpenAPI document, whose prose says which scopes a token needs."""

import json
import re
import tarfile

import openapi
from operation import is_any, summary

DOCUMENT = "package/generated/api.github.com.json"


def operations(package, provider, rules):
    with tarfile.open(package) as archive:
        document = json.load(archive.extractfile(DOCUMENT))
    for operation, source in openapi.operations(document):
        group, name = operation.id.split("/")
        operation.summary = summary(group, name)
        stated = scopes(source.get("description", ""), provider["scopes"])
        if stated is None:
            fallback = rules.get("scopes", {}).items()
            found = [sets for names, sets in fallback if matches(operation, names)]
            if not found:
                continue
            stated = found[0]
        operation.user = stated
        yield operation


def matches(operation, rule):
    """Returns whether a rule such as `GET /repos/*` means an operation."""
    method, path = rule.split(" ")
    return is_any(operation.path, [path]) and method in ("*", operation.method)


def scopes(text, known):
    """Returns the alternatives that the prose states, `None` where it states none.

    The sentences name scopes in backquotes, with "or" or "either" between alternatives, "and" or "both"
    between those that are needed together. A scope that takes the place of others for public
    repositories alone is an alternative, too.
    """
    found = None
    for sentence in re.split(r"(?<=[.!])\s+|\n+", text):
        names = [name for name in re.findall(r"`([a-z_:]+)`", sentence) if name in known]
        is_need = re.search(r"\b(need|require|required|can use|must have|only works for|with the)\b", sentence)
        if not names or "scope" not in sentence and "s cope" not in sentence and "s`cope" not in sentence:
            continue
        if not is_need or "in order for the response" in sentence or "to see the full details" in sentence:
            continue
        if "when the resolved target" in sentence or "in order to modify" in sentence:
            continue
        if "is also required" in sentence:
            # Of private repositories alone: `repo` beside what is needed in any case.
            continue
        together = " and " in sentence and not re.search(r"\bor\b", sentence)
        sets = [names] if together else [[name] for name in dict.fromkeys(names)]
        found = sets if found is None else found + sets
    return found
