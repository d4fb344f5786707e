"""What readers of YAML make of texts: readers.py < JSON list. Prints a JSON list of objects, by the
name of a reader the document that it made; a reader that refuses the text is left out."""

import json
import sys
import warnings

import ruamel.yaml
import yaml

warnings.simplefilter("ignore")


def ruamel_yaml(version):
    def load(text):
        reader = ruamel.yaml.YAML(typ="safe", pure=True)
        reader.version = version
        return reader.load(text)

    return load


READERS = {
    "PyYAML": lambda text: yaml.load(text, Loader=yaml.SafeLoader),
    "ruamel.yaml": ruamel_yaml(None),
    "ruamel.yaml 1.1": ruamel_yaml("1.1"),
}
if yaml.__with_libyaml__:
    READERS["libyaml"] = lambda text: yaml.load(text, Loader=yaml.CSafeLoader)


def as_json(value):
    """What is no JSON becomes a number, or a key that no text has."""
    if isinstance(value, dict):
        return {as_key(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [as_json(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, bool):
        return value
    return 0


def as_key(key):
    return as_json(key) if isinstance(key, str) else "\x01" + ascii(key)


def documents(text):
    found = {}
    for name, load in READERS.items():
        try:
            found[name] = as_json(load(text.encode("utf-8")))
        except Exception:
            pass
    return found


print(json.dumps([documents(text) for text in json.load(sys.stdin)]))
