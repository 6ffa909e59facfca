"""Callers of chat completions: one that takes times exactly, one with hundreds of streams at once, and wrk."""

import asyncio, json, pathlib, re, socket, subprocess, time

import uvloop

LUA = pathlib.Path(__file__).with_name("chat.lua")


def request(model, is_streamed):
    """The same request as `chat.lua` makes."""
    messages = re.search(r'"messages":(\[.*?\])\}', LUA.read_text(), re.DOTALL)[1]
    body = {"model": model, "stream": is_streamed, "temperature": 0.7, "max_tokens": 200, "messages": json.loads(messages)}
    payload = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Authorization: Bearer sk-bench\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload


# What the first event with words has, however the gateway writes it.
WORDS = re.compile(rb'"content": ?"[^"]')


class Caller:
    """One connection that is kept, and one request at a time; times are in milliseconds."""

    def __init__(self, port, model="m"):
        self.requests = request(model, False), request(model, True)
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def whole(self):
        start = time.perf_counter()
        self.socket.sendall(self.requests[0])
        answer = self.socket.recv(65536)
        while not self._is_complete(answer):
            answer += self._more(answer)
        return (time.perf_counter() - start) * 1000

    def first_token(self):
        start, first = time.perf_counter(), None
        self.socket.sendall(self.requests[1])
        answer = b""
        while not answer.endswith(b"0\r\n\r\n"):
            answer += self._more(answer)
            if first is None and WORDS.search(answer):
                first = (time.perf_counter() - start) * 1000
        if first is None or b"[DONE]" not in answer:
            raise SystemExit(f"a stream failed: {answer[:500]!r}")
        return first

    def _more(self, answer):
        if piece := self.socket.recv(65536):
            return piece
        raise SystemExit(f"a request failed: {answer[:500]!r}")

    @staticmethod
    def _is_complete(answer):
        head, gap, body = answer.partition(b"\r\n\r\n")
        if gap and not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a request failed: {answer[:500]!r}")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        return bool(gap) and len(body) >= int(length[1]) if length else answer.endswith(b"0\r\n\r\n")


def wrk(port, clients, is_streamed, seconds):
    """Requests a second, and how many there were; it takes longer where nobody has been answered by then."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", "-s", LUA, f"http://127.0.0.1:{port}"]
    command += ["--", "true" if is_streamed else "false"]
    report = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        raise SystemExit(report)
    count = int(re.search(r"(\d+) requests in", report)[1])
    if not count and seconds < 60:
        return wrk(port, clients, is_streamed, seconds * 4)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", report)[1]), count


class Stream(asyncio.Protocol):
    """One streamed answer, and when its tokens came."""

    def __init__(self, request, ended):
        self.request, self.ended, self.times, self.rest, self.is_complete = request, ended, [], b"", False

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        now = time.perf_counter()
        self.rest += data
        events = self.rest.split(b"\n\n")
        self.rest = events.pop()
        self.times += [now for event in events if WORDS.search(event)]
        if any(b"data: [DONE]" in event for event in events):
            self.is_complete = True
            self.transport.close()

    def connection_lost(self, _):
        if not self.ended.done():
            self.ended.set_result(None)


def streams(port, count, patience, model="m"):
    """So many at once: how many were complete, and the milliseconds between two tokens of one."""
    words = request(model, True)

    async def run():
        loop = asyncio.get_running_loop()
        started = []
        for _ in range(count):
            ended = loop.create_future()
            started.append((await loop.create_connection(lambda: Stream(words, ended), "127.0.0.1", port), ended))
        await asyncio.wait([ended for _, ended in started], timeout=patience)
        for (transport, _), _ in started:
            transport.abort()
        return [stream for (_, stream), _ in started]

    results = uvloop.run(run())
    gaps = [(after - before) * 1000 for stream in results for before, after in zip(stream.times, stream.times[1:])]
    return sum(stream.is_complete for stream in results), gaps
