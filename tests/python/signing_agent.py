"""An agent that signs with tweepy by the variables that xreq gives it: signing_agent.py BASE_URL. What it
signs for X is sent to the sandbox, unchanged but for the host."""

import os
import sys

import tweepy
from requests.adapters import HTTPAdapter

HOST = "https://api.twitter.com"
base_url = sys.argv[1]


class SendElsewhere(HTTPAdapter):
    def send(self, request, **options):
        request.url = base_url + request.url.removeprefix(HOST)
        return super().send(request, **options)


client = tweepy.Client(
    consumer_key=os.environ["X_API_KEY"],
    consumer_secret=os.environ["X_API_SECRET"],
    access_token=os.environ["X_ACCESS_TOKEN"],
    access_token_secret=os.environ["X_ACCESS_TOKEN_SECRET"],
)
client.session.mount(HOST, SendElsewhere())
client.create_tweet(text="signed by an agent: a+b & ü")
print("posted as", client.get_me().data.username)
