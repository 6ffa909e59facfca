"""Clients of `/v1/ws` on raw sockets: many in one thread, with nothing between them and the bytes."""

import contextlib, os, select, socket, struct, time

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, PING, PONG = 1, 9, 10


def frame(payload, kind=TEXT):
    """A client's frame under a mask of zeros, so that the payload need not be changed."""
    count = len(payload)
    if count < 126:
        length = bytes([0x80 | count])
    elif count < 65_536:
        length = b"\xfe" + struct.pack(">H", count)
    else:
        length = b"\xff" + struct.pack(">Q", count)
    return bytes([0x80 | kind]) + length + bytes(4) + payload


class Broken(Exception):
    """A socket that ended, or an answer that is not what it must be."""


class WebSocket:
    """One socket after its greeting. `call` waits for the answer; a `Drive` uses the parts between which others work."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"GET /v1/ws HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.socket.sendall(f"{head}Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.inbox, self.outbox = bytearray(), memoryview(b"")
        while b"\r\n\r\n" not in self.inbox:
            self._fill()
        answer, _, rest = bytes(self.inbox).partition(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise Broken(answer.decode())
        self.inbox = bytearray(rest)
        if b'"type":"connected"' not in self._next():
            raise Broken("no greeting")

    def call(self, message):
        """Sends a frame and waits for the answer: its text, and the milliseconds from the first byte to all of it."""
        start = time.perf_counter()
        self.socket.sendall(message)
        answer = self._next()
        return answer, (time.perf_counter() - start) * 1000

    def _next(self):
        while True:
            for text in self.answers():
                return text
            self._fill()

    def _fill(self):
        received = self.socket.recv(262_144)
        if not received:
            raise Broken("the server has closed the socket")
        self.inbox += received

    def answers(self):
        """The whole messages of the inbox; pings are answered in passing."""
        while (message := self._frame()) is not None:
            kind, payload = message
            if kind == TEXT:
                yield payload
            elif kind == PING:
                self.socket.send(frame(payload, PONG))
            else:
                raise Broken(f"a frame of kind {kind}: {payload!r}")

    def _frame(self):
        inbox = self.inbox
        if len(inbox) < 2:
            return None
        count, start = inbox[1], 2
        if count == 126 and len(inbox) >= 4:
            count, start = struct.unpack_from(">H", inbox, 2)[0], 4
        elif count == 127 and len(inbox) >= 10:
            count, start = struct.unpack_from(">Q", inbox, 2)[0], 10
        elif count > 125:
            return None
        if len(inbox) < start + count:
            return None
        kind, payload = inbox[0] & 15, bytes(inbox[start : start + count])
        del inbox[: start + count]
        return kind, payload

    def close(self):
        """Says goodbye and waits for the answer."""
        with contextlib.suppress(OSError):
            self.socket.sendall(frame(struct.pack(">H", 1000), 8))
            while self.socket.recv(65_536):
                pass
        self.socket.close()

    def reset(self):
        """Leaves without a word: the server gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Drive:
    """Sockets that ask again as soon as they are answered, and others that only are there, in one thread."""

    def __init__(self, work, idle=()):
        """`work`: for each socket that asks, a function that gives its next frame and a check of the answer to it."""
        self.work = {socket: next for socket, next in work}
        self.sockets = {each.socket.fileno(): each for each in [*self.work, *idle]}
        self.answered, self.milliseconds, self.results = 0, [], []
        self.asked, self.clogged = {}, set()

    def run(self, seconds):
        """Asks for so long, and waits until all is answered.

        Gives the share of a core that this took. `milliseconds` has the times from a frame's first byte to its whole
        answer, `results` what the checks gave.
        """
        poll = select.epoll()
        for number, each in self.sockets.items():
            each.socket.setblocking(False)
            poll.register(number, select.EPOLLIN)
        start, busy = time.perf_counter(), time.process_time()
        end = start + seconds
        for each in self.work:
            self._ask(each, poll)
        while self.asked or time.perf_counter() < end:
            if time.perf_counter() > end + 60:
                raise Broken(f"{len(self.asked)} sockets had no answer for a minute")
            for number, event in poll.poll(1):
                each = self.sockets[number]
                if event & select.EPOLLOUT:
                    self._send(each, poll)
                if event & ~select.EPOLLOUT:
                    self._receive(each, poll, end)
        return (time.process_time() - busy) / (time.perf_counter() - start)

    def _ask(self, each, poll):
        message, check = self.work[each]()
        self.asked[each] = (time.perf_counter(), check)
        each.outbox = memoryview(message)
        self._send(each, poll)

    def _send(self, each, poll):
        try:
            while each.outbox:
                each.outbox = each.outbox[each.socket.send(each.outbox) :]
        except BlockingIOError:
            pass
        if bool(each.outbox) != (each in self.clogged):
            self.clogged ^= {each}
            poll.modify(each.socket.fileno(), select.EPOLLIN | (select.EPOLLOUT if each.outbox else 0))

    def _receive(self, each, poll, end):
        each._fill()
        for answer in each.answers():
            now = time.perf_counter()
            if each not in self.asked:
                raise Broken(f"nobody asked: {answer[:200]!r}")
            asked, check = self.asked.pop(each)
            self.results.append(check(answer))
            self.milliseconds.append((now - asked) * 1000)
            if now < end:
                self._ask(each, poll)
