"""Calls what the sandbox simulates with tweepy and with X's xdk: clients.py BASE_URL < TOKEN

Below a broker neither has to be told where the API is, nor gets a token: clients.py
"""

import os
import sys

import tweepy
from requests.adapters import HTTPAdapter
from xdk import Client
from xdk.direct_messages.models import CreateByParticipantIdRequest
from xdk.posts.models import CreateRequest
from xdk.users.models import CreateBookmarkRequest, FollowUserRequest, LikePostRequest

TWEEPY_HOST = "https://api.twitter.com"
base_url = sys.argv[1] if len(sys.argv) > 1 else None
token = sys.stdin.read().strip() if base_url else os.environ["X_ACCESS_TOKEN"]


class SendElsewhere(HTTPAdapter):
    def send(self, request, **options):
        request.url = base_url + request.url.removeprefix(TWEEPY_HOST)
        return super().send(request, **options)


def with_tweepy():
    client = tweepy.Client(bearer_token=token)
    if base_url:
        client.session.mount(TWEEPY_HOST, SendElsewhere())
    bearer = {"user_auth": False}
    me = client.get_me(**bearer).data
    assert me.username == "alice", me
    post = client.create_tweet(text="with tweepy", **bearer).data["id"]
    fields = {"expansions": ["author_id"], "tweet_fields": ["created_at", "public_metrics"]}
    read = client.get_tweet(post, **fields)
    assert read.data.created_at.tzinfo, read
    assert read.includes["users"][0].id == me.id, read
    several = client.get_tweets([post, 1])
    assert len(several.data) == 1 and several.errors[0]["resource_id"] == "1", several
    assert [str(t.id) for t in client.search_recent_tweets("tweepy").data] == [post]
    assert str(client.get_users_tweets(me.id).data[0].id) == post
    assert client.bookmark(post).data["bookmarked"]
    assert str(client.get_bookmarks().data[0].id) == post
    assert not client.remove_bookmark(post).data["bookmarked"]
    bob = client.get_user(username="bob", user_fields=["public_metrics"]).data
    assert bob.public_metrics["followers_count"] == 1, bob
    assert [user.id for user in client.get_users_following(me.id).data] == [bob.id]
    events = client.get_direct_message_events(dm_event_fields=["sender_id"], **bearer).data
    assert events[0].sender_id == me.id, events
    sent = client.create_direct_message(participant_id=bob.id, text="hi", **bearer).data
    assert sent["dm_conversation_id"] == "1001-1002", sent
    assert client.delete_tweet(post, **bearer).data["deleted"]


def with_xdk():
    elsewhere = {"base_url": base_url} if base_url else {}
    client = Client(access_token=token, **elsewhere)
    me = client.users.get_me().data
    post = client.posts.create(CreateRequest(text="with xdk")).data.id
    assert client.posts.get_by_id(post).data.text == "with xdk"
    assert client.posts.get_by_ids([post, "1"]).data[0].id == post
    assert next(client.posts.search_recent("xdk")).data[0].id == post
    assert next(client.users.get_posts(me.id)).meta.result_count == 2
    assert client.users.get_by_username("bob").data.id == "1002"
    assert client.users.like_post(me.id, LikePostRequest(tweet_id=post)).data.liked
    assert next(client.users.get_liked_posts(me.id)).data[0].id == post
    assert not client.users.unlike_post(me.id, post).data.liked
    client.users.create_bookmark(me.id, CreateBookmarkRequest(tweet_id=post))
    assert next(client.users.get_bookmarks(me.id)).data[0].id == post
    assert client.users.follow_user(me.id, FollowUserRequest(target_user_id="1003")).data.following
    assert next(client.users.get_followers("1003")).data[0].id == me.id
    assert not client.users.unfollow_user(me.id, "1003").data.following
    body = CreateByParticipantIdRequest(text="hi again")
    client.direct_messages.create_by_participant_id("1002", body)
    events = next(client.direct_messages.get_events_by_participant_id("1002"))
    assert events.data[0].text == "hi again", events
    assert client.posts.delete(post).data.deleted


with_tweepy()
with_xdk()
