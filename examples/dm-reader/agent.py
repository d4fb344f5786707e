"""Prints the newest direct messages, and answers the last one if it may: agent.py [ANSWER]"""

import os
import sys

import requests
from xdk import Client
from xdk.direct_messages.models import CreateByParticipantIdRequest


def newest_messages(client):
    """The messages of the first page, newest first, and the names of their senders by id."""
    page = next(
        client.direct_messages.get_events(
            max_results=20,
            event_types=["MessageCreate"],
            expansions=["sender_id"],
            user_fields=["username"],
        )
    )
    users = page.includes.users if page.includes else None
    return page.data or [], {user.id: user.username for user in users or []}


def answer_newest(client, messages, text):
    """Sends a text to whoever wrote the newest message that is not the account's own."""
    me = client.users.get_me().data.id
    other = next((message.sender_id for message in messages if message.sender_id != me), None)
    if other is None:
        print("nobody to answer")
        return
    body = CreateByParticipantIdRequest(text=text)
    client.direct_messages.create_by_participant_id(other, body)
    print(f"answered {other}")


def main():
    token = os.environ.get("X_ACCESS_TOKEN")
    if not token:
        sys.exit("dm-reader: X_ACCESS_TOKEN is not set: use `xreq run -- python agent.py`")
    may_write = "x.dm.write" in os.environ.get("XREQ_INTEGRATIONS", "").split()
    base_url = os.environ.get("X_API_BASE_URL") or "https://api.x.com"
    client = Client(base_url=base_url, access_token=token)

    try:
        messages, names = newest_messages(client)
        for message in messages:
            print(f"@{names.get(message.sender_id, message.sender_id)}: {message.text}")
        if len(sys.argv) > 1 and may_write:
            answer_newest(client, messages, sys.argv[1])
    except requests.RequestException as error:
        sys.exit(f"dm-reader: {error}")
    if len(sys.argv) > 1 and not may_write:
        print("not answered: x.dm.write is not granted", file=sys.stderr)


main()
