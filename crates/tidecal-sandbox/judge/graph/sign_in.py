"""Tokens of the sandbox's identity platform in the vendor's client, and its pages' redirects."""

import urllib.parse

from graph.desk import ADA, CLIENT, SECRET


def refreshed(desk, token, **change):
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT, "client_secret": SECRET, **change}
    return desk.http("POST", "/common/oauth2/v2.0/token", form=form)


async def run(desk, score):
    tokens = desk.tokens(ADA)
    me = await score.ok("me", desk.client(token=tokens["access_token"]).me.get())
    score.check("who signed in", me and me.user_principal_name, ADA)
    status, again = refreshed(desk, tokens["refresh_token"])
    score.check("a refresh rotates the refresh token", (status, again["refresh_token"] != tokens["refresh_token"]), (200, True))
    await score.ok("me with the new token", desk.client(token=again["access_token"]).me.get())
    for change, wanted in [
        ({"refresh_token": "made-up"}, (400, "invalid_grant", 9002313)),
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_id": "x"}, (400, "unauthorized_client", 700016)),
        ({"scope": "Mail.Send"}, (400, "invalid_grant", 65001)),
    ]:
        status, body = refreshed(desk, again["refresh_token"], **change)
        score.check(f"refresh with {change}", (status, body["error"], body["error_codes"][0]), wanted)
    table = [
        ("AADSTS700082", 400, "invalid_grant"), ("AADSTS50173", 400, "invalid_grant"),
        ("AADSTS50076", 400, "interaction_required"), ("AADSTS53003", 400, "invalid_grant"),
        ("AADSTS7000222", 401, "invalid_client"), ("AADSTS90033", 503, "temporarily_unavailable"),
    ]
    for reason, status, error in table:
        desk.fault(operation="entra.refresh", reason=reason)
        got, body = refreshed(desk, again["refresh_token"])
        score.check(f"refresh as {reason}", (got, body["error"], body["error_codes"]), (status, error, [int(reason[6:])]))
    answer = desk.control("POST", "oauth/deny", {"authorizeUrl": desk.authorize_url()})
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer["redirectUrl"]).query)
    score.check("a person who declines", (query["error"], query["error_subcode"]), (["access_denied"], ["cancel"]))
    desk.control("POST", "oauth/expire-access-tokens", {})
    await score.refused("an expired token", desk.client(token=again["access_token"]).me.get(), 401, "InvalidAuthenticationToken")
