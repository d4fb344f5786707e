"""Service accounts as google-auth does them.

service_account.py verify < {"public_key": .., "assertion": .., "audience": ..}: prints the claims.
service_account.py mint BASE_URL SCOPE < KEY_FILE: mints a token, calls a project with it, prints the answer.
service_account.py federate BASE_URL SCOPE < FILE: exchanges a token, calls a project with it, prints the answer.
service_account.py call BASE_URL: calls a project with GCP_ACCESS_TOKEN, prints the answer.
"""

import json
import os
import sys

import google.auth.identity_pool
import google.auth.jwt
import google.oauth2.credentials
import google.oauth2.service_account
from google.auth.transport.requests import AuthorizedSession


def project(credentials, base_url):
    number = os.environ.get("GCP_PROJECT_NUMBER", "123456789012")
    answer = AuthorizedSession(credentials).get(f"{base_url}/gcp/v1/projects/{number}", timeout=10)
    answer.raise_for_status()
    return answer.json()


command, *arguments = sys.argv[1:]
if command == "verify":
    given = json.load(sys.stdin)
    print(json.dumps(google.auth.jwt.decode(given["assertion"], given["public_key"], audience=given["audience"])))
elif command == "mint":
    base_url, scope = arguments
    info = json.load(sys.stdin)
    credentials = google.oauth2.service_account.Credentials.from_service_account_info(info, scopes=[scope])
    print(json.dumps(project(credentials, base_url)))
elif command == "federate":
    base_url, scope = arguments
    credentials = google.auth.identity_pool.Credentials.from_info(json.load(sys.stdin), scopes=[scope])
    print(json.dumps(project(credentials, base_url)))
elif command == "call":
    (base_url,) = arguments
    credentials = google.oauth2.credentials.Credentials(os.environ["GCP_ACCESS_TOKEN"])
    print(json.dumps(project(credentials, base_url)))
