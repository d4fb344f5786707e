"""Makes the operations of the built-in providers from the sources that `tools/catalog/fetch` gets.

    python3 tools/catalog SOURCES [PROVIDER…]
"""

import json
import sys
from pathlib import Path

import discord
import github
import google
import rules
import slack
import table
import x
from operation import text

ROOT = Path(__file__).resolve().parents[2]
BUILTIN = ROOT / "src/catalog/builtin"
WHEEL = "google_api_python_client-2.202.0-py3-none-any.whl"

GOOGLE = [
    "gmail.v1", "calendar.v3", "drive.v3", "sheets.v4", "docs.v1", "slides.v1", "youtube.v3",
    "searchconsole.v1", "analyticsdata.v1beta", "analyticsadmin.v1beta", "oauth2.v2",
]

MAKERS = {
    "x": lambda sources, *_: x.operations(sources / "x/openapi.json"),
    "google": lambda sources, *_: google.operations(sources / WHEEL, GOOGLE),
    "gcp": lambda sources, *_: google.operations(sources / WHEEL, ["aiplatform.v1"]),
    "github": lambda sources, *of: github.operations(sources / "octokit-openapi-23.0.2.tgz", *of),
    "discord": lambda sources, *_: discord.operations(sources / "discord/openapi.json"),
    "slack": lambda sources, *_: slack.operations(sources / "slack"),
}


TABLES = Path(__file__).parent / "tables"
for file in sorted(TABLES.glob("*.tsv")):
    MAKERS[file.stem] = lambda *_, file=file: table.operations(file)


def main(sources, *chosen):
    for name in chosen or MAKERS:
        provider = json.loads((BUILTIN / name / "provider.json").read_text())
        decided = rules.read(Path(__file__).parent / "rules" / f"{name}.json")
        made = list(MAKERS[name](Path(sources), provider, decided))
        kept = rules.apply(made, decided, provider)
        (BUILTIN / name / "operations.json").write_text(text(kept))
        stands = sum(operation.standing for operation in kept)
        print(f"{name}: {len(kept)} of {len(made)} operations, {stands} standing")


if __name__ == "__main__":
    main(*sys.argv[1:])
