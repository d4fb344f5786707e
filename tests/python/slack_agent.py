"""Posts with the bot's token and searches what the user sees, as an app of Slack does: slack_agent.py URL

The tokens are read from the variables that the library's documentation names.
"""

import os
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

base_url = sys.argv[1] + "/api/"
bot = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=base_url)
user = WebClient(token=os.environ["SLACK_USER_TOKEN"], base_url=base_url)

me, person = bot.auth_test(), user.auth_test()
assert me["bot_id"] and me["user"] == "sandbox_app", me
assert person["user"] == "alice" and person["user_id"] != me["user_id"], person

channels = [channel["name"] for channel in bot.conversations_list()["channels"]]
assert channels == ["general", "random"], channels
posted = bot.chat_postMessage(channel="#general", text="hello")
assert posted["message"]["user"] == me["user_id"], posted
said = bot.conversations_history(channel=posted["channel"])["messages"]
assert [message["text"] for message in said] == ["hello"], said

for client, call, error in [
    (bot, lambda it: it.search_messages(query="hello"), "not_allowed_token_type"),
    (user, lambda it: it.chat_postMessage(channel="general", text="no"), "missing_scope"),
    (bot, lambda it: it.chat_postMessage(channel="nowhere", text="no"), "channel_not_found"),
]:
    try:
        call(client)
    except SlackApiError as refused:
        assert refused.response["error"] == error, refused.response
        assert refused.response.status_code == 200, refused.response
    else:
        raise AssertionError(error)
print("all is well")
