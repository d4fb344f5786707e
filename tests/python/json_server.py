"""An authorization server (django-oauth-toolkit) that takes JSON alone, with one client, whose only user consents to
everything at once: json_server.py CLIENT. CLIENT is an object of JSON with id, secret and redirect_uri. Prints the base
URL, then serves until its standard input ends.
"""

import json
import os
import sys
import threading
import warnings
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse

# The class that reads JSON goes away in a later version.
warnings.simplefilter("ignore", DeprecationWarning)


class OnlyUser:
    """Logs the only user in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.user = get_user_model().objects.get()
        return self.get_response(request)


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    MIDDLEWARE=["__main__.OnlyUser"],
    OAUTH2_PROVIDER={
        "OAUTH2_BACKEND_CLASS": "oauth2_provider.oauth2_backends.JSONOAuthLibCore",
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "SCOPES": {"openid": "-", "profile": "-", "email": "-", "offline_access": "-"},
    },
    ROOT_URLCONF="__main__",
    SECRET_KEY="none",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.urls import path  # noqa: E402
from oauth2_provider import views  # noqa: E402
from oauth2_provider.decorators import protected_resource  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402


@protected_resource(scopes=["profile"])
def me(_request):
    return JsonResponse({"sub": "user-1", "email": "test@example.com"})


urlpatterns = [
    path("auth", views.AuthorizationView.as_view()),
    path("token", views.TokenView.as_view()),
    path("token/revocation", views.RevokeTokenView.as_view()),
    path("me", me),
]


class Silent(WSGIRequestHandler):
    def log_message(self, *_):
        pass


client = json.loads(sys.argv[1])
call_command("migrate", verbosity=0)
Application.objects.create(
    client_id=client["id"],
    client_secret=client["secret"],
    redirect_uris=client["redirect_uri"],
    client_type=Application.CLIENT_CONFIDENTIAL,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    skip_authorization=True,
    user=get_user_model().objects.create_user("test"),
)
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
