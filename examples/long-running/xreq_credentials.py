"""Access tokens that stay fresh, for agents that `xreq run --keep-fresh` launched.

`Credentials("x")` is an `auth` for requests and for httpx alike:

    session.auth = Credentials("x")             # requests
    httpx.Client(auth=Credentials("x"))         # httpx
"""

import datetime
import json
import math
import os
import threading
import time
import urllib.request

# How long before its end a token is asked for anew, in seconds: when the provider is out of reach
# (503), there is time to ask again.
EARLY = 300

# The endpoint is on this machine: no proxy is in the way.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Credentials:
    """The newest access token of a provider. Asks xreq long before the last one expires, and uses
    that one while it lives where xreq has no other."""

    def __init__(self, provider):
        self.url = f"{os.environ['XREQ_CREDENTIALS_URL']}/{provider}"
        self.bearer = os.environ["XREQ_CREDENTIALS_TOKEN"]
        self.lock = threading.Lock()
        self.token = None
        self.expires_at = 0
        self.ask_at = 0

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.access_token()}"
        return request

    def access_token(self):
        with self.lock:
            if self.expires_at <= time.time():
                time.sleep(max(0, self.ask_at - time.time()))
            if self.ask_at <= time.time():
                self._ask()
            return self.token

    def _ask(self):
        headers = {"Authorization": f"Bearer {self.bearer}"}
        try:
            with _open(urllib.request.Request(self.url, headers=headers), timeout=60) as answer:
                answer = json.load(answer)
        except OSError as error:
            retry_after = getattr(error, "headers", {}).get("Retry-After", 1)
            self.ask_at = time.time() + int(retry_after)
            if self.expires_at <= time.time():
                raise
            return
        self.token, self.expires_at = answer["access_token"], math.inf
        lives = 120  # nobody knows
        if answer["expires_at"] is not None:
            expires_at = answer["expires_at"].replace("Z", "+00:00")
            self.expires_at = datetime.datetime.fromisoformat(expires_at).timestamp()
            lives = self.expires_at - time.time()
        # A token that lives shortly is asked for more often.
        self.ask_at = time.time() + max(lives - EARLY, lives / 2)
