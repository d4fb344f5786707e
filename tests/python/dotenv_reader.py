"""What python-dotenv reads in each of the texts of a JSON list on standard input: a list of objects."""

import json
import logging
import os
import sys
import tempfile

from dotenv import dotenv_values

logging.disable()
os.environ.clear()


def read(text, path):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    values = dotenv_values(path, encoding="utf-8")
    return {name: value for name, value in values.items() if value is not None}


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "env")
    json.dump([read(text, path) for text in json.load(sys.stdin)], sys.stdout)
