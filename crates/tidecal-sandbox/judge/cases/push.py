"""Push channels, with a listener on this machine."""

import http.server
import queue
import threading

from desk import hour


class Ear(http.server.BaseHTTPRequestHandler):
    posts = queue.Queue()
    statuses = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.posts.put((dict(self.headers.items()), body))
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.end_headers()

    def log_message(self, *parts):
        pass


def heard():
    headers, body = Ear.posts.get(timeout=10)
    named = {name.lower(): value for name, value in headers.items()}
    return named["x-goog-resource-state"], named["x-goog-message-number"], body


def run(desk, score):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        listen(desk, score, f"http://127.0.0.1:{server.server_port}/hook")
    finally:
        server.shutdown()


def listen(desk, score, address):
    desk.control("PATCH", "switches", {"pushRetryMilliseconds": 1})
    service = desk.owner()
    body = {"id": "ear", "type": "web_hook", "address": address, "token": "word", "params": {"ttl": "3600"}}
    channel = service.events().watch(calendarId="primary", body=body).execute()
    score.check("the sync message has come already", Ear.posts.qsize(), 1)
    score.check("first message", heard(), ("sync", "1", b""))
    score.check("the end is text in milliseconds", channel["expiration"], "1795258800000")
    Ear.statuses = [503]
    made = service.events().insert(calendarId="primary", body=hour("x")).execute()
    score.check("a change", heard(), ("exists", "2", b""))
    score.check("tried again after 503", heard(), ("exists", "2", b""))
    service.events().delete(calendarId="primary", eventId=made["id"]).execute()
    score.check("a deletion", heard(), ("exists", "3", b""))
    service.channels().stop(body={"id": "ear", "resourceId": channel["resourceId"]}).execute()
    service.events().insert(calendarId="primary", body=hour("y")).execute()
    states = [one["state"] for one in desk.control("GET", "channels")["items"][0]["deliveries"]]
    score.check("nothing after the stop", (states, Ear.posts.empty()), (["sync", "exists", "exists"], True))
