"""Receive events of Oversight Watch. Start it with: HOOK_SECRET=... python3 receiver.py 8080"""

import hmac
import json
import os
import sys
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["HOOK_SECRET"]
KEY = b64decode(SECRET[6:]) if SECRET.startswith("whsec_") else SECRET.encode()
NAMES = ("Id", "Timestamp", "Signature")
received = set()  # ids of messages; store them with the events, so that a restart does not forget them


def is_genuine(message, sent, body, signatures):
    code = b64encode(hmac.digest(KEY, f"{message}.{sent}.".encode() + body, "sha256")).decode()
    signed = any(hmac.compare_digest(one.encode(), f"v1,{code}".encode()) for one in signatures.split())
    return signed and abs(time.time() - int(sent)) <= 300  # not older than five minutes


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 10_000_000))
        message, sent, signatures = (self.headers.get(f"Webhook-{name}", "") for name in NAMES)
        genuine = is_genuine(message, sent, body, signatures)
        if genuine and message not in received:  # one that comes again is confirmed, but not used again
            for event in json.loads(body).get("events", []):
                print(event["id"], event["headline"], flush=True)
            received.add(message)
        self.send_response(204 if genuine else 401)
        self.end_headers()


server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print(f"listening on port {server.server_port}", flush=True)
server.serve_forever()
