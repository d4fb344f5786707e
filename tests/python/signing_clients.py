"""Gets a token of OAuth 1.0a by PIN and calls the API with it, all signed by tweepy:
signing_clients.py BASE_URL < {"consumer_key": .., "consumer_secret": ..}"""

import json
import re
import sys

import requests
import tweepy
from requests.adapters import HTTPAdapter

HOST = "https://api.twitter.com"
base_url = sys.argv[1]
keys = json.load(sys.stdin)


class SendElsewhere(HTTPAdapter):
    """Sends what was signed for X to the sandbox, unchanged but for its host."""

    def send(self, request, **options):
        request.url = base_url + request.url.removeprefix(HOST)
        return super().send(request, **options)


def consent(url):
    page = requests.get(base_url + url.removeprefix(HOST), timeout=10).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    decision = {**hidden, "account": "alice", "decision": "authorize"}
    page = requests.post(base_url + "/oauth/authorize", data=decision, timeout=10).text
    return re.search(r"<code>(\d{7})</code>", page).group(1)


handler = tweepy.OAuth1UserHandler(keys["consumer_key"], keys["consumer_secret"], callback="oob")
handler.oauth.mount(HOST, SendElsewhere())
pin = consent(handler.get_authorization_url())
# tweepy makes a session of its own for the exchange.
make = tweepy.auth.OAuth1Session


def mounted(*arguments, **options):
    session = make(*arguments, **options)
    session.mount(HOST, SendElsewhere())
    return session


tweepy.auth.OAuth1Session = mounted
token, secret = handler.get_access_token(pin)

api = tweepy.API(handler)
api.session.mount(HOST, SendElsewhere())
assert api.verify_credentials().screen_name == "alice"

client = tweepy.Client(
    consumer_key=keys["consumer_key"],
    consumer_secret=keys["consumer_secret"],
    access_token=token,
    access_token_secret=secret,
)
client.session.mount(HOST, SendElsewhere())
assert client.get_me().data.username == "alice"
post = client.create_tweet(text="signed by tweepy: a+b & ü").data["id"]
assert client.get_tweet(post, user_auth=True).data.text.startswith("signed")
found = client.search_recent_tweets("tweepy", user_auth=True, tweet_fields=["created_at"]).data
assert [str(tweet.id) for tweet in found] == [post], found
sent = client.create_direct_message(participant_id=1002, text="signed").data
assert sent["dm_conversation_id"] == "1001-1002", sent
