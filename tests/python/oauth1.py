"""OAuth 1.0a as oauthlib does it: oauth1.py < JSON list of requests. Prints a JSON list: for each whether
oauthlib finds the `header` right, and a header of its own."""

import json
import sys

from oauthlib.common import Request
from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature, utils

FORM = "application/x-www-form-urlencoded"


def parts(case):
    headers = {"Content-Type": FORM} if case["form"] else {}
    return case["url"], case["method"], case["form"] or None, headers


def is_right(case):
    uri, method, body, headers = parts(case)
    request = Request(uri, method, body, {**headers, "Authorization": case["header"]})
    request.params = signature.collect_parameters(
        uri_query=request.uri_query, body=body or [], headers=request.headers, exclude_oauth_signature=True
    )
    given = dict(utils.parse_authorization_header(case["header"]))
    request.signature = utils.unescape(given["oauth_signature"])
    return signature.verify_hmac_sha1(request, case["consumer_secret"], case["token_secret"])


def signed(case):
    uri, method, body, headers = parts(case)
    client = Client(
        case["consumer_key"],
        client_secret=case["consumer_secret"],
        resource_owner_key=case["token"] or None,
        resource_owner_secret=case["token_secret"] or None,
    )
    return client.sign(uri, method, body, headers)[1]["Authorization"]


json.dump([{"is_right": is_right(case), "header": signed(case)} for case in json.load(sys.stdin)], sys.stdout)
