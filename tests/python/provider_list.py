"""How many providers of a public list can be said in a provider file.

    python3 tests/python/provider_list.py providers.yaml [xreq]

`providers.yaml` is that of NangoHQ/nango (packages/providers; docs/providers.md names the commit). Each entry with
`auth_mode: OAUTH2` of its own is translated into a provider file, field by field, and given to `xreq catalog`, which is
the judge: an entry counts if nothing of it was left out and the file loads. The list says nothing of scopes, keys and
operations, so each file has one key without scopes.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

VARIABLE = re.compile(r"\$\{connectionConfig\.([A-Za-z0-9_-]+)\}")
FROM_ANSWER = ("token_response_metadata", "redirect_uri_metadata", "webhook_response_metadata")


class Gap(Exception):
    """A thing that a provider file cannot say."""


def ours(name):
    """Returns the name of a variable as a provider file writes it, which keeps `client_id` for itself."""
    name = name.lower().replace("-", "_")
    return "the_client_id" if name == "client_id" else name


def template(url, variables, answered):
    """Returns a URL in which values are variables, and notes these. Of two, the second is meant for
    clients without a value. No host is that of a built-in provider."""
    if any(name in answered for name in VARIABLE.findall(url)):
        raise Gap("a part of a URL comes from an answer")
    url = url.split(" || ")[-1]
    variables.update(ours(name) for name in VARIABLE.findall(url))
    url = VARIABLE.sub(lambda found: "{" + ours(found[1]) + "}", url)
    if "${" in url:
        raise Gap("a URL holds more than values of a client")
    scheme, rest = url.split("://", 1) if "://" in url else ("", url)
    host, slash, path = rest.partition("/")
    if "{" in host and len([label for label in host.split(".") if "{" not in label]) < 2:
        raise Gap("the whole host is a value")
    return f"{scheme}://{host}.example{slash}{path}"


def value(text):
    """Returns a parameter's value as a text that is the same for every client."""
    text = json.dumps(text) if isinstance(text, bool) else str(text)
    if "${" in text:
        raise Gap("a parameter is a value of the client, or made at random")
    return text


def provider(slug, entry):
    """Returns the provider file of an entry."""
    variables = set()
    answered = {name for field in FROM_ANSWER for name in entry.get(field, [])}
    for field, why in [
        ("authorization_code_param_in_callback", "the code has another name in the redirect"),
        ("authorization_code_param_in_webhook", "the code comes by a webhook"),
        ("authorization_url_replacements", "parameters of the request for consent have other names"),
        ("authorization_url_fragment", "the request for consent stands in a fragment"),
        ("authorization_url_skip_encode", "scopes are not encoded"),
    ]:
        if field in entry:
            raise Gap(why)
    urls = {name: entry.get(name) for name in ("authorization_url", "token_url", "refresh_url")}
    if isinstance(urls["token_url"], dict):
        raise Gap("there are several URLs for tokens")
    if not urls["authorization_url"]:
        raise Gap("there is no page for consent")
    urls = {name: url and template(url, variables, answered) for name, url in urls.items()}
    parameters = dict(entry.get("authorization_params", {}))
    if parameters.pop("response_type", "code") != "code":
        raise Gap("the request for consent asks for more than a code")
    parameters.pop("response_mode", None)
    always = [*entry.get("default_scopes", []), *str(parameters.pop("scope", "")).split()]
    authorize = {name: value(text) for name, text in parameters.items()}
    api = template(entry.get("proxy", {}).get("base_url", "https://api.example"), variables, answered)
    basic = "basic" == entry.get("token_request_auth_method") or "header" == entry.get("authorization_method")
    file = {
        "provider": slug,
        "title": entry["display_name"],
        "env_prefix": "P_" + re.sub("[^A-Z0-9]+", "_", slug.upper()),
        "endpoints": {
            "authorize_url": urls["authorization_url"],
            "token_url": urls["token_url"],
            "api_url": api,
        },
        "client_authentication": {"confidential": "client_secret_" + ("basic" if basic else "post")},
        "pkce": "none" if entry.get("disable_pkce") else "S256",
        "redirect_uri": "http://127.0.0.1:8080/callback",
        "scopes": {"a": "Anything"},
        "capabilities": {f"{slug}.a": {"title": "A", "allows": "do anything", "published": ["a"]}},
    }
    if authorize:
        file["authorize"] = {"parameters": authorize}
    if entry.get("scope_separator") == ",":
        file.setdefault("authorize", {})["scope_separator"] = ","
    if always:
        file["always_scopes"] = always
        file["scopes"].update({scope: "Always asked for" for scope in always})
    token = {}
    for field, usual, name in [
        ("token_params", "authorization_code", "exchange_parameters"),
        ("refresh_params", "refresh_token", "refresh_parameters"),
    ]:
        more = dict(entry.get(field, {}))
        if more.pop("grant_type", usual) != usual:
            raise Gap("tokens are asked for by another grant type")
        if "scope" in more:
            raise Gap("a refresh names scopes")
        if more:
            token[name] = {name: value(text) for name, text in more.items()}
    if entry.get("body_format") == "json":
        token["body"] = "json"
    if urls["refresh_url"]:
        token["refresh_url"] = urls["refresh_url"]
    if "alternate_access_token_response_path" in entry:
        token["response"] = {"access_token": f"/{entry['alternate_access_token_response_path']}/access_token"}
    if token:
        file["token"] = token
    used = json.dumps(file)
    named = sorted(name for name in variables if "{" + name + "}" in used)
    if named:
        file["url_variables"] = {name: {"title": name} for name in named}
    return file


def main():
    entries = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text())
    xreq = sys.argv[2] if len(sys.argv) > 2 else "xreq"
    entries = {slug: it for slug, it in entries.items() if it.get("auth_mode") == "OAUTH2"}
    gaps = collections.defaultdict(list)
    said = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "provider.json")
        for slug, entry in entries.items():
            # A slug begins with a letter, and is none of a built-in provider.
            name = "p-" + slug
            try:
                path.write_text(json.dumps(provider(name, entry)))
            except Gap as gap:
                gaps[str(gap)].append(slug)
                continue
            command = [xreq, "catalog", name, "--catalog", str(path)]
            judged = subprocess.run(command, capture_output=True, text=True, env={"HOME": folder})
            if judged.returncode == 0:
                said += 1
            else:
                gaps[re.sub(r"^.*?: `", "`", judged.stderr.splitlines()[0])].append(slug)
    print(f"{said} of {len(entries)}")
    for why, slugs in sorted(gaps.items(), key=lambda it: -len(it[1])):
        print(f"{len(slugs):4} {why}: {', '.join(slugs[:6])}{', …' if len(slugs) > 6 else ''}")


if __name__ == "__main__":
    main()
