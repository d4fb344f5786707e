"""Access tokens that stay fresh, for agents that `xreq run --keep-fresh` launched.

`Credentials("x")` is an `auth` for requests and for httpx alike:

    session.auth = Credentials("x")             # requests
    httpx.Client(auth=Credentials("x"))         # httpx
"""

import datetime
import json
import os
import threading
import urllib.request

# How long a token must still live when it is used, in seconds: longer than a request takes.
SPARE = 30

# The endpoint is on this machine: no proxy is in the way.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Credentials:
    """The newest access token of a provider. Asks xreq when the last one is about to expire."""

    def __init__(self, provider):
        self.url = f"{os.environ['XREQ_CREDENTIALS_URL']}/{provider}"
        self.bearer = os.environ["XREQ_CREDENTIALS_TOKEN"]
        self.lock = threading.Lock()
        self.token = None
        self.good_until = None

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.access_token()}"
        return request

    def access_token(self):
        with self.lock:
            if self.token is None or self.good_until <= datetime.datetime.now(datetime.timezone.utc):
                self._ask()
            return self.token

    def _ask(self):
        headers = {"Authorization": f"Bearer {self.bearer}"}
        with _open(urllib.request.Request(self.url, headers=headers), timeout=60) as answer:
            answer = json.load(answer)
        now = datetime.datetime.now(datetime.timezone.utc)
        self.token = answer["access_token"]
        if answer["expires_at"] is None:
            self.good_until = now + datetime.timedelta(minutes=1)
            return
        expires_at = datetime.datetime.fromisoformat(answer["expires_at"].replace("Z", "+00:00"))
        # A token that lives shortly is asked for more often.
        spare = min(datetime.timedelta(seconds=SPARE), (expires_at - now) / 2)
        self.good_until = expires_at - spare
