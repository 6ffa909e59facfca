"""A provider of chat completions that costs next to nothing, so that what stands before it is measured.

It says the same few words to everybody, whole or streamed as the request asks. Requests are not parsed beyond what that
takes, and answers are made once.

    upstream.py PORT THINK PACE    milliseconds before an answer, and between two tokens of a streamed one
"""

import asyncio, json, sys

import uvloop

WORDS = "Ospreys build their nests near water, on trees, cliffs and poles, and return to the same one each year.".split()
TOKENS = [WORDS[0]] + [f" {word}" for word in WORDS[1:]]
ABOUT = {"id": "chatcmpl-7", "created": 1_700_000_000, "model": "m", "system_fingerprint": "fp_7"}
USAGE = {"prompt_tokens": 150, "completion_tokens": len(TOKENS), "total_tokens": 150 + len(TOKENS)}


def event(choices, **more):
    data = json.dumps(ABOUT | {"object": "chat.completion.chunk", "choices": choices} | more, separators=(",", ":"))
    return f"data: {data}\n\n".encode()


def choice(delta, reason=None):
    return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]


def whole():
    message = {"role": "assistant", "content": "".join(TOKENS), "refusal": None}
    choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}]
    body = json.dumps(ABOUT | {"object": "chat.completion", "choices": choices, "usage": USAGE}, separators=(",", ":")).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS = [event(choice({"role": "assistant", "content": ""})) + event(choice({"content": TOKENS[0]}))]
EVENTS += [event(choice({"content": token})) for token in TOKENS[1:]]
END = event(choice({}, "stop")) + event([], usage=USAGE) + b"data: [DONE]\n\n"
WHOLE = whole()
STREAM = [HEAD + chunk(EVENTS[0])] + [chunk(piece) for piece in EVENTS[1:]] + [chunk(END) + b"0\r\n\r\n"]
AT_ONCE = b"".join(STREAM)


class Provider(asyncio.Protocol):
    think, pace = 0, 0

    def connection_made(self, transport):
        self.transport, self.input = transport, b""

    def data_received(self, data):
        self.input += data
        while (end := self.input.find(b"\r\n\r\n")) >= 0:
            head = self.input[:end].lower()
            place = head.find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r", 1)[0]) if place >= 0 else 0
            if len(self.input) < end + 4 + length:
                return
            body, self.input = self.input[end + 4 : end + 4 + length], self.input[end + 4 + length :]
            self.answer(b'"stream":true' in body or b'"stream": true' in body)

    def answer(self, is_streamed):
        loop = asyncio.get_running_loop()
        if is_streamed and self.pace:
            loop.call_later(self.think, self.say, 0)
        elif self.think:
            loop.call_later(self.think, self.transport.write, AT_ONCE if is_streamed else WHOLE)
        else:
            self.transport.write(AT_ONCE if is_streamed else WHOLE)

    def say(self, number):
        self.transport.write(STREAM[number])
        if number + 1 < len(STREAM) and not self.transport.is_closing():
            asyncio.get_running_loop().call_later(self.pace, self.say, number + 1)


async def serve(port, think, pace):
    Provider.think, Provider.pace = think / 1000, pace / 1000
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    port, think, pace = map(int, sys.argv[1:])
    uvloop.run(serve(port, think, pace))
