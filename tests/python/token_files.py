"""Writes tokens as libraries keep them: `token_files.py LIBRARY EXPIRES_AT` prints one that dies then."""

import datetime
import json
import sys

library, expires_at = sys.argv[1], int(sys.argv[2])

if library == "requests-oauthlib":
    from oauthlib.oauth2 import WebApplicationClient

    answer = {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": "made-up-access-token",
        "scope": "tweet.read users.read",
        "refresh_token": "made-up-refresh-token",
    }
    token = WebApplicationClient("a-client").parse_request_body_response(json.dumps(answer))
    # As if the answer had come long ago.
    token["expires_at"] += expires_at - token["expires_at"]
    print(json.dumps(token))
elif library == "google-auth":
    from google.oauth2.credentials import Credentials

    credentials = Credentials(
        "made-up-access-token",
        refresh_token="made-up-refresh-token",
        token_uri="https://photos.example/token",
        client_id="a-client",
        client_secret="made-up-client-secret",
        scopes=["photos.read"],
        expiry=datetime.datetime.fromtimestamp(expires_at, datetime.timezone.utc).replace(tzinfo=None),
    )
    print(credentials.to_json())
