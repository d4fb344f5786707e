"""What the platform's SDK makes of `credentials` sections: platform_credentials.py < JSON list. Prints
a JSON object: `judged` has of each section the entries in the SDK's one form, or null where it refuses the
section; `declared` the fields that it declares and does not check.

Those are held against their declared types here."""

import json
import sys

from inferencesh.decorators import CREDENTIAL_KEYS, normalize_credentials
from inferencesh.types import CredentialRequirement

DECLARED = {
    name: annotation
    for name, annotation in CredentialRequirement.__annotations__.items()
    if name not in CREDENTIAL_KEYS
}


def type_of(annotation):
    name = getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__name__", annotation)
    return int if name == "int" else str


def without_declared(entry):
    if not isinstance(entry, dict):
        return entry
    for name in DECLARED.keys() & entry.keys():
        if not isinstance(entry[name], type_of(DECLARED[name])):
            raise TypeError(name)
    return {name: value for name, value in entry.items() if name not in DECLARED}


def judged(section):
    try:
        if isinstance(section, dict):
            section = {slug: without_declared(entry) for slug, entry in section.items()}
        elif isinstance(section, list):
            section = [without_declared(entry) for entry in section]
        return normalize_credentials(section)
    except (TypeError, ValueError):
        return None


json.dump(
    {"declared": sorted(DECLARED), "judged": [judged(section) for section in json.load(sys.stdin)]},
    sys.stdout,
)
