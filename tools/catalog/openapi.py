"""Operations out of a document in the form of OpenAPI 3."""

import re

from operation import METHODS, Operation, bare, fits


def operations(document):
    """Yields each operation with the source's data of it. It has no credentials yet."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item or not fits(path):
                continue
            source = item[method]
            operation = Operation(source["operationId"], method.upper(), path, "")
            parameters(document, operation, item.get("parameters", []) + source.get("parameters", []))
            body(document, operation, resolve(document, source.get("requestBody", {})))
            yield operation, source


def resolve(document, value):
    """Follows references."""
    while "$ref" in value:
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def parameters(document, operation, listed):
    for parameter in listed:
        parameter = resolve(document, parameter)
        if parameter["in"] == "query":
            operation.query.append(parameter["name"])
            if is_repeated(document, parameter):
                operation.repeated.append(parameter["name"])
        elif parameter["in"] == "path":
            pattern = characters(resolve(document, parameter.get("schema", {})))
            if pattern:
                operation.patterns[parameter["name"]] = pattern


def is_repeated(document, parameter):
    """Returns whether each value of a list is a parameter of its own: `style: form`, `explode: true`."""
    is_list = is_array(resolve(document, parameter.get("schema", {})), document)
    return is_list and parameter.get("style", "form") == "form" and parameter.get("explode", True)


def is_array(schema, document):
    parts = (resolve(document, part) for form in ("anyOf", "oneOf") for part in schema.get(form, []))
    return schema.get("type") == "array" or any(is_array(part, document) for part in parts)


def characters(schema):
    """Returns the pattern of a value, as far as its schema says which values there are."""
    values = schema.get("enum", [])
    if values and all(re.fullmatch(r"[A-Za-z0-9_-]+", str(value)) for value in values):
        return "|".join(str(value) for value in values)
    if schema.get("type") == "integer":
        return "[0-9]+" if schema.get("minimum", 0) >= 0 else "-?[0-9]+"
    return bare(schema.get("pattern", ""))


def body(document, operation, source):
    for media_type, content in source.get("content", {}).items():
        operation.body_types.append(media_type)
        operation.body_fields += fields(document, content.get("schema", {}), 0)


def fields(document, schema, depth):
    """Returns the names at the top of a body."""
    schema = resolve(document, schema)
    names = list(schema.get("properties", {}))
    for form in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(form, []) if depth < 5 else []:
            names += fields(document, part, depth + 1)
    return names
