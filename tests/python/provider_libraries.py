"""Libraries of providers, unmodified, as an agent below a launch uses them: provider_libraries.py LIBRARY URL.

URL is the sandbox's: that of the API, or for msal that of the face. Prints what came of it as JSON. msal cannot be
given a token: it is the client itself, and its session leads Microsoft's addresses to URL.
"""

import asyncio
import base64
import json
import os
import sys


def google(url):
    from google.oauth2.credentials import Credentials
    from googleapiclient.discovery import build
    from googleapiclient.errors import HttpError

    def service(name, version, path=""):
        credentials = Credentials(os.environ["GOOGLE_OAUTH_ACCESS_TOKEN"])
        options = {"api_endpoint": f"{url}/{path}"}
        return build(name, version, credentials=credentials, client_options=options, static_discovery=True)

    message = base64.urlsafe_b64encode(b"To: bob@example.com\r\nSubject: hello\r\n\r\nhello, bob").decode()
    sent = service("gmail", "v1").users().messages().send(userId="me", body={"raw": message}).execute()
    calendars = service("calendar", "v3", "calendar/v3/").calendarList().list().execute()
    try:
        service("sheets", "v4").spreadsheets().get(spreadsheetId="1").execute()
        refused = None
    except HttpError as error:
        refused = error.status_code
    return {"sent": sent["labelIds"], "calendars": [it["id"] for it in calendars["items"]], "refused": refused}


def gcp(url):
    from google.auth.transport.requests import AuthorizedSession
    from google.oauth2.credentials import Credentials

    session = AuthorizedSession(Credentials(os.environ["GCP_ACCESS_TOKEN"]))
    number = os.environ["GCP_PROJECT_NUMBER"]
    model = f"{url}/v1/projects/{number}/locations/us-central1/publishers/google/models/a-model"
    contents = [{"role": "user", "parts": [{"text": "hello, model"}]}]
    said = session.post(f"{model}:generateContent", json={"contents": contents}, timeout=10).json()
    caller = session.get(f"{url}/gcp/v1/projects/{number}", timeout=10).json()["caller"]
    return {"said": said["candidates"][0]["content"]["parts"][0]["text"], "caller": caller}


def discord(url):
    import discord
    from discord.http import Route

    Route.BASE = url

    async def bot():
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(os.environ["DISCORD_BOT_TOKEN"])
            channel = client.get_partial_messageable(7)
            sent = await channel.send("hello, channel")
            history = [message.content async for message in channel.history()]
            return {"bot": client.user.name, "sent": sent.content, "history": history}

    return asyncio.run(bot())


def msal(url):
    import msal
    import requests
    from requests.adapters import HTTPAdapter

    microsoft = "https://login.microsoftonline.com"

    class Elsewhere(HTTPAdapter):
        """Leads Microsoft's addresses to URL, and back in answers: msal takes no address but https."""

        def send(self, request, **options):
            request.url = request.url.replace(microsoft, url)
            answer = super().send(request, **options)
            answer._content = answer.content.replace(url.encode(), microsoft.encode())
            return answer

    session = requests.Session()
    session.mount(microsoft, Elsewhere())
    client_id = sys.argv[3]
    authority = f"{microsoft}/organizations"
    app = msal.PublicClientApplication(client_id, authority=authority, http_client=session)
    flow = app.initiate_device_flow(scopes=["Mail.Read"])
    page = session.get(f"{flow['verification_uri']}?user_code={flow['user_code']}").text
    form_token = page.split('name="form_token" value="')[1].split('"')[0]
    granted = ["Mail.Read", "offline_access", "openid", "profile"]
    decision = {"user_code": flow["user_code"], "form_token": form_token, "account": "alice", "decision": "authorize"}
    session.post(flow["verification_uri"], data={**decision, "granted": granted}).raise_for_status()
    first = app.acquire_token_by_device_flow(flow)
    # The old refresh token stays good when it was replaced.
    refreshed = [app.acquire_token_by_refresh_token(first["refresh_token"], ["Mail.Read"]) for _ in range(2)]
    tokens = {it.get("refresh_token") for it in [first, *refreshed]}
    return {"scope": sorted(first["scope"].split()), "refresh_tokens": len(tokens), "last": refreshed[-1].get("error")}


print(json.dumps({"google": google, "gcp": gcp, "discord": discord, "msal": msal}[sys.argv[1]](sys.argv[2])))
