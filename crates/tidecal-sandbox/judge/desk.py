"""A sandbox seen through Google's client, and the score."""

import json
import urllib.parse
import urllib.request

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

ADA = "ada@example.com"
BEN = "ben@example.com"
CLIENT = "sandbox-client.apps.example.com"
SECRET = "sandbox-secret"
REDIRECT = "http://127.0.0.1:9/callback"
CALENDAR = "https://www.googleapis.com/auth/calendar"
NOW = "2026-11-21T10:00:00Z"


class Score:
    """Counts checks; a failed one is printed and the rest goes on."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.name = ""

    def part(self, name):
        self.name = name

    def check(self, what, got, wanted=True):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {self.name}: {what}\n  wanted {wanted!r}\n  got    {got!r}")

    def refused(self, what, request, status, reason):
        """The request must fail with this status and reason."""
        try:
            answer = request.execute()
        except HttpError as error:
            details = error.error_details
            first = details[0].get("reason", "") if isinstance(details, list) and details else details
            if isinstance(details, list) and details and "@type" in details[0]:
                first = json.loads(error.content)["error"]["errors"][0]["reason"]
            self.check(what, (error.status_code, first), (status, reason))
            return error
        self.check(what, f"answered {str(answer)[:80]}", (status, reason))
        return None


class Desk:
    """One sandbox."""

    def __init__(self, base):
        self.base = base
        self.kept = None
        # loopback only: no proxy of the environment may stand between
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def http(self, method, path, body=None, form=None):
        """A plain request; answers (status, JSON or None)."""
        data, kind = None, "application/json"
        if form is not None:
            data, kind = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": kind})
        try:
            with self.opener.open(request) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def control(self, method, path, body=None):
        status, answer = self.http(method, "/_sandbox/" + path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def reset(self, **change):
        self.kept = None
        self.control("POST", "reset", {"seed": 1, "now": NOW, "filled": False, "strict": True, **change})

    def fault(self, **fault):
        self.control("POST", "faults", fault)

    def tokens(self, account, scope=CALENDAR):
        """Consent and exchange; answers the token response."""
        query = urllib.parse.urlencode({
            "client_id": CLIENT, "redirect_uri": REDIRECT, "response_type": "code", "scope": scope,
            "access_type": "offline", "prompt": "consent",
        })
        url = f"{self.base}/o/oauth2/v2/auth?{query}"
        target = self.control("POST", "oauth/approve", {"authorizeUrl": url, "account": account})["redirectUrl"]
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)["code"][0]
        status, tokens = self.http("POST", "/token", form={
            "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
            "client_id": CLIENT, "client_secret": SECRET,
        })
        assert status == 200, tokens
        return tokens

    def credentials(self, tokens, expiry=None):
        return Credentials(
            tokens["access_token"], refresh_token=tokens.get("refresh_token"), token_uri=self.base + "/token",
            client_id=CLIENT, client_secret=SECRET, expiry=expiry,
        )

    def service(self, account=ADA, scope=CALENDAR, token=None, refreshes=True):
        """Google's client signed in as somebody; `token` overrides, without refreshing."""
        credentials = Credentials(token) if token else self.credentials(self.tokens(account, scope))
        return self.service_with(credentials, refreshes and not token)

    def owner(self):
        """A service of Ada's that every right has, made once for each reset."""
        if self.kept is None:
            self.kept = self.service(ADA)
        return self.kept

    def service_with(self, credentials, refreshes=True):
        http = httplib2.Http(proxy_info=None)
        attempts = 2 if refreshes else 0
        authorized = google_auth_httplib2.AuthorizedHttp(credentials, http=http, max_refresh_attempts=attempts)
        return build(
            "calendar", "v3", static_discovery=True, cache_discovery=False, http=authorized,
            client_options={"api_endpoint": self.base + "/calendar/v3/"},
        )


def hour(summary, day=1, **more):
    return {
        "summary": summary,
        "start": {"dateTime": f"2026-12-{day:02}T09:00:00+01:00", "timeZone": "Europe/Vienna"},
        "end": {"dateTime": f"2026-12-{day:02}T10:00:00+01:00", "timeZone": "Europe/Vienna"},
        **more,
    }


def weekly(count=4, **more):
    return hour("Weekly", recurrence=[f"RRULE:FREQ=WEEKLY;COUNT={count}"], **more)
