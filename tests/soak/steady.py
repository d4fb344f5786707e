"""Calls the API as an agent below a broker does, ten times a second until there is a file "end". It prints a
line for each call that failed, with its time and its status, and how often it called."""

import http.client
import os
import time
import urllib.parse

base = urllib.parse.urlsplit(os.environ["X_API_BASE_URL"])
bearer = {"Authorization": "Bearer " + os.environ["X_ACCESS_TOKEN"]}
calls = 0
while not os.path.exists("end"):
    try:
        broker = http.client.HTTPConnection(base.netloc, timeout=20)
        broker.request("GET", base.path + "/2/users/me", headers=bearer)
        answer = broker.getresponse()
        answer.read()
        status = answer.status
    except OSError as error:
        status = type(error).__name__
    calls += 1
    if status != 200:
        print(f"failed {time.time():.3f} {status}", flush=True)
    time.sleep(0.1)
print(f"calls {calls}")
