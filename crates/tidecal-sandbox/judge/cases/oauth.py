"""Tokens through Google's own auth library."""

import datetime

import google.auth.transport.requests
import requests
from google.auth.exceptions import RefreshError

from desk import ADA, CALENDAR


def run(desk, score):
    session = requests.Session()
    session.trust_env = False
    transport = google.auth.transport.requests.Request(session)
    tokens = desk.tokens(ADA, f"{CALENDAR} openid email")
    score.check("a refresh token comes with offline access", bool(tokens.get("refresh_token")))

    credentials = desk.credentials(tokens)
    before = credentials.token
    credentials.refresh(transport)
    score.check("refreshing gives another access token", credentials.token != before)
    score.check("and keeps the refresh token", credentials.refresh_token, tokens["refresh_token"])
    score.check("the expiry is an hour ahead of the client's clock",
                3000 < (credentials.expiry - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)).total_seconds() < 3700)

    expired = desk.credentials(tokens, expiry=datetime.datetime(2020, 1, 1))
    service = desk.service_with(expired)
    service.events().list(calendarId="primary").execute()
    score.check("an expired token is refreshed before use", expired.token != tokens["access_token"])

    desk.control("POST", "oauth/expire-access-tokens", {})
    service.events().list(calendarId="primary").execute()
    score.check("a 401 makes the client refresh and repeat", True)

    desk.fault(operation="oauth.refresh", reason="internal_failure", status=503, times=1)
    credentials.refresh(transport)
    score.check("a passing failure of the token endpoint is retried", credentials.valid)

    desk.control("POST", "oauth/revoke", {"account": ADA})
    try:
        credentials.refresh(transport)
        score.check("refreshing after revocation", "succeeded", "failed")
    except RefreshError as error:
        score.check("refreshing after revocation", "invalid_grant" in str(error))
