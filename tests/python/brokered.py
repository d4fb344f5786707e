"""Asks who the account is with one client, as an agent below a broker would: brokered.py CLIENT"""

import asyncio
import json
import os
import sys
import urllib.request

URL = "https://api.x.com/2/users/me"
HEADERS = {"Authorization": f"Bearer {os.environ['X_ACCESS_TOKEN']}"}


def with_requests():
    import requests

    return requests.get(URL, headers=HEADERS, timeout=20).json()


def with_httpx():
    import httpx

    return httpx.get(URL, headers=HEADERS, timeout=20).json()


def with_urllib():
    request = urllib.request.Request(URL, headers=HEADERS)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def with_aiohttp():
    import aiohttp

    async def ask():
        async with aiohttp.ClientSession(trust_env=True) as session:
            async with session.get(URL, headers=HEADERS) as answer:
                return await answer.json()

    return asyncio.run(ask())


print(json.dumps(globals()[f"with_{sys.argv[1]}"]()))
