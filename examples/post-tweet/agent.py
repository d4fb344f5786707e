"""Posts a text with tweepy: agent.py TEXT"""

import os
import sys

import requests
import tweepy
from requests.adapters import HTTPAdapter

TWEEPY_HOST = "https://api.twitter.com"


class SendElsewhere(HTTPAdapter):
    """Sends to another base URL what tweepy addresses to its own, which is fixed."""

    def __init__(self, base_url):
        super().__init__()
        self.base_url = base_url

    def send(self, request, **options):
        request.url = self.base_url + request.url.removeprefix(TWEEPY_HOST)
        return super().send(request, **options)


def main():
    token = os.environ.get("X_ACCESS_TOKEN")
    if not token:
        sys.exit("post-tweet: X_ACCESS_TOKEN is not set: use `xreq run -- python agent.py TEXT`")
    if len(sys.argv) != 2:
        sys.exit("post-tweet: say what to post: `xreq run -- python agent.py TEXT`")

    client = tweepy.Client(bearer_token=token)
    if base_url := os.environ.get("X_API_BASE_URL"):
        client.session.mount(TWEEPY_HOST, SendElsewhere(base_url))

    try:
        # Without user_auth=False tweepy wants to sign with OAuth 1.0a and never sends a request.
        tweet = client.create_tweet(text=sys.argv[1], user_auth=False).data
    except tweepy.HTTPException as error:
        sys.exit(f"post-tweet: X answered {error.response.status_code} {error.response.reason}")
    except requests.RequestException as error:
        sys.exit(f"post-tweet: X did not answer: {error}")
    print(f"posted https://x.com/i/status/{tweet['id']}")


main()
