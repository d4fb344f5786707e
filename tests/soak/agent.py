"""Calls the API ten times a second until SIGTERM, or until there is a file "end". Then it says how
often, and how often it was refused: agent.py variable|file|signal|endpoint"""

import http.client
import json
import os
import signal
import sys
import time
import urllib.parse

way = sys.argv[1]
done = False
calls = refused = unanswered = 0


def connection(url):
    return http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=5)


def in_file():
    with open(os.environ["X_ACCESS_TOKEN_FILE"]) as file:
        return file.read()


def from_endpoint():
    bearer = {"Authorization": "Bearer " + os.environ["XREQ_CREDENTIALS_TOKEN"]}
    endpoint = connection(os.environ["XREQ_CREDENTIALS_URL"])
    endpoint.request("GET", "/x", headers=bearer)
    answer = endpoint.getresponse()
    return json.loads(answer.read())["access_token"] if answer.status == 200 else None


def stop(*_):
    global done
    done = True


def reload(*_):
    global held
    held = in_file()


held = {"variable": lambda: os.environ["X_ACCESS_TOKEN"], "signal": in_file}.get(way, str)()
token = {"file": in_file, "endpoint": from_endpoint}.get(way, lambda: held)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGHUP, reload)

api = connection(os.environ["X_API_BASE_URL"])
while not done and not os.path.exists("end"):
    try:
        presented = token()
    except OSError:
        presented = None
    if presented:
        api.request("GET", "/2/users/me", headers={"Authorization": "Bearer " + presented})
        answer = api.getresponse()
        answer.read()
        calls += 1
        refused += answer.status != 200
    else:
        unanswered += 1
    time.sleep(0.1)
print(f"{way} {calls} {refused} {unanswered}", flush=True)
