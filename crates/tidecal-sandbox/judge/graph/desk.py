"""A sandbox seen through Microsoft's client, and the score."""

import json
import urllib.parse
import urllib.request

import httpx
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_http.middleware.options import RetryHandlerOption
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.graph_request_adapter import options as usual
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_core import GraphClientFactory

from graph.shapes import strangers

ADA = "ada@example.com"
BEN = "ben@example.com"
CLIENT = "00000000-5a4d-4b0c-8000-000000000001"
SECRET = "outlook-sandbox-secret"
REDIRECT = "http://127.0.0.1:9/callback"
SCOPES = "openid profile email offline_access Calendars.ReadWrite User.Read MailboxSettings.Read"
NOW = "2026-11-21T10:00:00Z"
WINDOW = {"start_date_time": "2026-12-01T00:00:00Z", "end_date_time": "2027-02-01T00:00:00Z"}


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

    async def ok(self, what, request):
        """The request must succeed, and its answer hold nothing that the vendor's types do not know."""
        try:
            answer = await request
        except ODataError as error:
            code = error.error.code if error.error else None
            self.check(what, f"{error.response_status_code} {code}: {error.error.message if error.error else ''}", "accepted")
            return None
        self.check(f"shape of {what}", strangers(answer), [])
        return answer

    async def refused(self, what, request, status, code):
        """The request must fail with this status and code, in the vendor's form."""
        try:
            answer = await request
        except ODataError as error:
            self.check(what, (error.response_status_code, error.error.code if error.error else None), (status, code))
            self.check(f"{what}: ids for support", bool(error.error and error.error.inner_error and error.error.inner_error.request_id))
            return
        self.check(what, f"answered {str(answer)[:80]}", (status, code))


class Provider(AccessTokenProvider):
    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


class Desk:
    """One sandbox."""

    def __init__(self, base):
        self.base = base
        # loopback only: no proxy of the environment may stand between
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.clients = []

    def http(self, method, path, body=None, form=None, headers=None):
        """A plain request; answers (status, JSON or None)."""
        data, kind = None, "application/json"
        if form is not None:
            data, kind = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            data = json.dumps(body).encode()
        url = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind, **(headers or {})})
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
        self.control("POST", "reset", {"seed": 1, "now": NOW, "filled": False, "strict": True, **change})

    def fault(self, **fault):
        self.control("POST", "faults", fault)

    def authorize_url(self, scope=SCOPES):
        query = {"client_id": CLIENT, "redirect_uri": REDIRECT, "response_type": "code", "scope": scope}
        return f"{self.base}/common/oauth2/v2.0/authorize?{urllib.parse.urlencode(query)}"

    def tokens(self, account, scope=SCOPES):
        """Consent and exchange; answers the token response."""
        body = {"authorizeUrl": self.authorize_url(scope), "account": account}
        target = self.control("POST", "oauth/approve", body)["redirectUrl"]
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)["code"][0]
        status, tokens = self.http("POST", "/common/oauth2/v2.0/token", form={
            "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
            "client_id": CLIENT, "client_secret": SECRET,
        })
        assert status == 200, tokens
        return tokens

    def client(self, account=ADA, scope=SCOPES, token=None):
        """Microsoft's client signed in as somebody; it tries nothing again."""
        token = token or self.tokens(account, scope)["access_token"]
        options = {**usual, RetryHandlerOption.get_key(): RetryHandlerOption(should_retry=False)}
        plain = httpx.AsyncClient(trust_env=False, timeout=30)
        http = GraphClientFactory.create_with_default_middleware(client=plain, options=options)
        self.clients.append(http)
        adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Provider(token)), client=http)
        adapter.base_url = self.base + "/v1.0"
        service = GraphServiceClient(request_adapter=adapter)
        service.path_parameters["baseurl"] = adapter.base_url
        return service

    async def close(self):
        for client in self.clients:
            await client.aclose()
