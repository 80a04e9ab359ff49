"""A receiver of notifications on this machine."""

import contextlib
import http.server
import json
import queue
import threading
import urllib.parse


@contextlib.contextmanager
def listening():
    """Answers (url, queue of notifications)."""
    heard = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            answer = b""
            if "validationToken" in query:
                answer = query["validationToken"][0].encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
            else:
                heard.put(json.loads(body))
                self.send_response(202)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", heard
    finally:
        server.shutdown()
        server.server_close()
