"""An operation of a provider's API, and the file that holds all of a provider's."""

import dataclasses
import fnmatch
import json
import re

METHODS = ("delete", "get", "head", "patch", "post", "put")


@dataclasses.dataclass
class Operation:
    """What a source states of an operation."""

    # Its name in the source; rules call it by this.
    id: str
    method: str
    path: str
    summary: str
    service: str | None = None
    # Alternatives, each a set of scopes; `[[]]` is any user token, `None` no user token at all.
    user: list | None = None
    # The same by the parts of a consent, where a provider's consent gives several tokens.
    parts: dict = dataclasses.field(default_factory=dict)
    app_only: bool = False
    oauth1: bool = False
    static: bool = False
    service_account: bool = False
    public: bool = False
    # The parameters of the path that have a pattern.
    patterns: dict = dataclasses.field(default_factory=dict)
    query: list = dataclasses.field(default_factory=list)
    # Those of them that may stand several times.
    repeated: list = dataclasses.field(default_factory=list)
    # The media types of the body, and the names at the top of it.
    body_types: list = dataclasses.field(default_factory=list)
    body_fields: list = dataclasses.field(default_factory=list)
    keys: list = dataclasses.field(default_factory=list)
    standing: bool = False
    # Whether it changes nothing, where its method says otherwise.
    reads: bool | None = None

    def order(self):
        return (self.service or "", self.path, self.method)

    def data(self):
        """Returns the operation as a provider file has it."""
        data = {"method": self.method}
        if self.service:
            data["service"] = self.service
        data["path"] = self.path
        if self.patterns:
            data["parameters"] = {name: {"pattern": p} for name, p in sorted(self.patterns.items())}
        data["summary"] = self.summary
        if self.keys:
            data["keys"] = self.keys
        if self.user is not None:
            data["user"] = demand(self.user)
        if self.parts:
            data["parts"] = {part: demand(sets) for part, sets in sorted(self.parts.items())}
        for flag in ("app_only", "oauth1", "static", "service_account", "public", "standing"):
            if getattr(self, flag):
                data[flag] = True
        if self.reads is not None:
            data["reads"] = self.reads
        if self.query:
            data["query"] = sorted(set(self.query))
        if self.repeated:
            data["repeated"] = sorted(set(self.repeated))
        if self.body_types or self.body_fields:
            data["body"] = {"types": sorted(set(self.body_types))}
            if self.body_fields:
                data["body"]["fields"] = sorted(set(self.body_fields))
        return data


def demand(alternatives):
    """Returns alternatives as a provider file has them."""
    sets = sorted({tuple(sorted(scopes)) for scopes in alternatives}, key=lambda s: (len(s), s))
    return list(sets[0]) if len(sets) == 1 else {"any_of": [list(s) for s in sets]}


def text(operations):
    """Returns the text of the file: an operation a line."""
    lines = []
    for operation in sorted(operations, key=Operation.order):
        lines.append("  " + json.dumps(operation.data(), ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def words(name):
    """Returns the words of a name such as `batchModify` or `create-webhook`."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.sub(r"[-_./ ]+", " ", name).strip().lower()


def summary(group, name):
    """Returns a summary made of names: `Users messages: batch modify`."""
    both = f"{words(group)}: {words(name)}" if group else words(name)
    return both[:1].upper() + both[1:]


def is_any(name, patterns):
    """Returns whether a name matches one of some patterns (`*` stands for any text)."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def fits(path):
    """Returns whether a template can be said in a provider file: a parameter begins its segment."""
    names = re.findall(r"\{([^}]*)\}", path)
    segments = path.removeprefix("/").split("/")
    plain = all(re.fullmatch(r"[^{}?#%]+|\{[^{}+]+\+?\}[^{}?#%]*", part) for part in segments)
    return plain and len(names) == len(set(names)) and all(
        "+}" not in part for part in segments[:-1]
    )


def bare(pattern):
    """Returns a pattern without its anchors; `None` for one that our reader does not know."""
    if pattern.startswith("^") and pattern.endswith("$"):
        pattern = pattern[1:-1]
    return None if not pattern or "(?" in pattern or "\\p" in pattern else pattern
