"""Looks up whose account it is, again and again: agent.py [TIMES] [SECONDS BETWEEN TWO]"""

import os
import sys
import time

import requests

from xreq_credentials import Credentials


def main():
    if "XREQ_CREDENTIALS_URL" not in os.environ:
        sys.exit("long-running: no endpoint: use `xreq run --keep-fresh -- python agent.py`")
    times = int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize
    pause = float(sys.argv[2]) if len(sys.argv) > 2 else 60
    url = os.environ.get("X_API_BASE_URL", "https://api.x.com") + "/2/users/me"

    with requests.Session() as session:
        session.auth = Credentials("x")
        for _ in range(times):
            answer = session.get(url, timeout=30)
            if not answer.ok:
                sys.exit(f"long-running: X answered {answer.status_code} {answer.reason}")
            print(f"still @{answer.json()['data']['username']}", flush=True)
            time.sleep(pause)


main()
