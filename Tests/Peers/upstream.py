"""A provider in OpenAI's format that a proxy can stand in front of: it calls tools in pieces, tears streams and limits rates.

Its models say what happens: `echo`, `tool` (a call, or the tool's answer when there is one), `torn`, `limited`, `slow`, which
goes on until its caller leaves, and the faults of `Handler.FAULTS`. What stands after an `@` tells models apart that do the same.
`GET /count` tells how often each was asked. `letters` embeds: a text's vector is how often it has each letter.
"""

import collections
import http.server
import io
import json
import os
import select
import socket
import struct
import threading
import time

CALL = ("look_up", '{"bird": "osprey", "where": "the loch \\u2014 \\"north\\""}')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def do_GET(self):
        self.answer(200, self.server.count)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = request["model"]
        with self.server.lock:
            self.server.count[model] += 1
            self.server.seen.append(request)
            self.server.times[model].append(time.monotonic())
        if model == "limited":
            error = {"message": "Too many requests", "type": "requests", "code": "rate_limit_exceeded"}
            return self.answer(429, {"error": error}, [("Retry-After", "7")])
        fault = self.FAULTS.get(model.split("@")[0])
        if fault and model not in self.server.well:
            return fault(self, model)
        if model == "letters":
            return self.embed(request)
        message, reason = self.message(request)
        if model.startswith("slow"):
            return self.go_on()
        if request.get("stream"):
            return self.stream(model, message, reason)
        self.answer(200, {
            "id": "x", "object": "chat.completion", "created": 1, "model": model, "usage": usage(),
            "choices": [{"index": 0, "message": {"role": "assistant"} | message, "finish_reason": reason}],
        })

    def embed(self, request):
        data = [{"object": "embedding", "index": place, "embedding": letters(text)} for place, text in enumerate(request["input"])]
        usage = {"prompt_tokens": 5, "total_tokens": 5}
        self.answer(200, {"object": "list", "model": "letters", "data": data, "usage": usage})

    @staticmethod
    def message(request):
        last = request["messages"][-1]
        if request["model"] == "tool" and last["role"] != "tool":
            function = {"name": CALL[0], "arguments": CALL[1]}
            call = {"id": "call_7", "type": "function", "function": function}
            return {"content": None, "tool_calls": [call]}, "tool_calls"
        content = last["content"]
        if isinstance(content, list):
            content = " ".join(part.get("text", "") for part in content)
        return {"content": f"I heard: {content}"}, "stop"

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def go_on(self):
        self.begin()
        # A caller who has sent everything has nothing to be read but the end.
        while not select.select([self.connection], [], [], 0)[0]:
            self.event("slow", {"content": "still here. "})
            select.select([self.connection], [], [], 0.05)
        self.server.left.append(time.monotonic())

    # Faults

    def refuse(self, status, headers=()):
        self.answer(status, {"error": {"message": "not now", "type": "some_error", "code": None}}, headers)

    def reset(self, model=None):
        """Hangs up like a process that is killed, after what was written has arrived."""
        time.sleep(0.05)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def reset_in_a_token(self, model):
        self.begin()
        self.event(model, {"content": "I hea"})
        self.wfile.write(b'data: {"choices":[{"index":0,"delta":{"conte')
        self.reset()

    def say_nothing(self, model=None):
        select.select([self.connection], [], [], 60)
        self.server.left.append(time.monotonic())
        self.close_connection = True

    def fall_silent(self, model):
        self.begin()
        self.event(model, {"content": "I hea"})
        self.say_nothing()

    def speak_nonsense(self, model):
        self.begin()
        self.event(model, {"content": "I hea"})
        self.wfile.write(b"data: {nonsense}\n\n")

    def show_a_page(self, model):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"<hi>")

    def drip(self, model):
        """A whole answer, a byte at a time."""
        self.begin()
        answer = io.BytesIO()
        wire, self.wfile = self.wfile, answer
        self.event(model, {"content": "I heard you."})
        self.event(model, {}, "stop")
        self.wfile = wire
        for byte in answer.getvalue() + b"data: [DONE]\n\n":
            self.wfile.write(bytes([byte]))
            time.sleep(0.002)

    FAULTS = {
        "limited-briefly": lambda self, _: self.refuse(429, [("Retry-After", "1")]),
        "limited-silently": lambda self, _: self.refuse(429),
        "broken": lambda self, _: self.refuse(500),
        "reset": reset,
        "reset-in-a-token": reset_in_a_token,
        "mute": say_nothing,
        "falls-silent": fall_silent,
        "nonsense": speak_nonsense,
        "page": show_a_page,
        "drip": drip,
    }

    def stream(self, model, message, reason):
        self.begin()
        self.event(model, {"role": "assistant", "content": ""})
        for piece in pieces(message.get("content") or ""):
            self.event(model, {"content": piece})
            if model == "torn":
                return
        for call in message.get("tool_calls", []):
            function = call["function"]
            self.event(model, {"tool_calls": [call | {"index": 0, "function": function | {"arguments": ""}}]})
            for piece in pieces(function["arguments"]):
                self.event(model, {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        self.event(model, {}, reason)
        self.send({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [], "usage": usage()})
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, model, delta, reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        self.send({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]})

    def send(self, value):
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        self.wfile.flush()


def usage():
    return {
        "prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49, "prompt_tokens_details": {"cached_tokens": 32},
    }


def letters(text):
    return [float(text.lower().count(chr(97 + place))) for place in range(26)]


def pieces(text, size=5):
    return [text[place : place + size] for place in range(0, len(text), size)]


class Upstream(http.server.ThreadingHTTPServer):
    """Runs on a thread of its own until `stop`."""

    daemon_threads = True
    request_queue_size = 128  # Many at once are no fault of this provider.

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.count = collections.Counter()
        self.seen = []
        self.left = []
        self.times = collections.defaultdict(list)
        self.well = set()
        self.lock = threading.Lock()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
