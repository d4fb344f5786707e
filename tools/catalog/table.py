"""Providers without a machine-readable source: a table of `tables/`, made by hand from their documentation.

Its columns are method, path, summary, alternatives (`a b | c`; `-` is any user token), keys, names of the
query, media type of the body and the names at its top; in the last five `-` is none. A line that begins
with `#` names the source.
"""

from operation import Operation


def operations(file):
    for line in file.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        method, path, summary, user, keys, query, media_type, fields = line.split("\t")
        yield Operation(
            id=f"{method} {path}",
            method=method,
            path=path,
            summary=summary,
            user=[[]] if user == "-" else [scopes.split() for scopes in user.split("|")],
            keys=words(keys),
            query=words(query),
            body_types=words(media_type),
            body_fields=words(fields),
            static=True,
        )


def words(cell):
    return [] if cell == "-" else cell.split()
