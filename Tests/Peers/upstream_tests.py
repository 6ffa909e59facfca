"""Roost straight before a provider that counts: nothing is doubled, nobody is kept waiting for one who has left."""

import concurrent.futures
import http.client
import json
import time
import unittest

import servers
import upstream


class Counted(unittest.TestCase):
    def setUp(self):
        self.provider = upstream.Upstream()
        self.addCleanup(self.provider.stop)
        lifetime = servers.roost(
            provider="openai", endpoint=f"http://127.0.0.1:{self.provider.port}", model="echo", temperature=0.25, max_tokens=77
        )
        self.roost = lifetime.__enter__()
        self.addCleanup(lifetime.__exit__, None, None, None)

    def test_what_is_configured_is_asked_for_unless_the_request_says_otherwise(self):
        self.roost.chat()
        self.roost.chat(temperature=0.5, max_tokens=9)
        self.roost.say(self.roost.conversation(), "hi")
        asked = [(request["temperature"], request["max_tokens"]) for request in self.provider.seen]
        self.assertEqual(asked, [(0.25, 77), (0.5, 9), (0.25, 77)])

    def test_many_requests_are_asked_and_answered_once_each(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda number: self.roost.chat(text=f"#{number}#", stream=number % 2 == 0), range(100)))
        for number, answer in enumerate(answers):
            self.assertEqual(answer.status, 200, answer.body)
            text = answer.body.decode()
            if number % 2 == 0:
                pieces = [json.loads(data)["choices"] for _, data in answer.events[:-1]]
                text = "".join(choices[0]["delta"].get("content", "") for choices in pieces if choices)
            self.assertIn(f"I heard: #{number}#", text)
        self.assertEqual(self.provider.count["echo"], 100)

    def test_a_stream_that_broke_is_an_error_and_not_begun_again(self):
        conversation = self.roost.conversation()
        answer = self.roost.say(conversation, "hi", model="torn", stream=True)
        self.assertEqual([name for name, _ in answer.events], ["context", "delta", "error"])
        self.assertEqual(self.provider.count["torn"], 1)
        said = self.roost.get(f"/v1/conversations/{conversation}/messages").json["messages"][-1]
        self.assertEqual((said["content"], said["status"]), ("I hea", "failed"))

    def test_who_finds_the_queue_full_is_told_and_asks_nobody(self):
        endpoint = f"http://127.0.0.1:{self.provider.port}"
        limits = {"concurrent_requests": 1, "waiting_requests": 1, "retry_attempts": 0}
        with servers.roost(provider="openai", endpoint=endpoint, model="slow", **limits) as roost:
            body = {"messages": [{"role": "user", "content": "hi"}], "stream": True}
            first = Caller(roost.base, "/v1/chat/completions", body)
            first.wait_for(b"still here")
            second = Caller(roost.base, "/v1/chat/completions", body)
            second.wait_for(b"queued, position 1")
            third = roost.chat()
            self.assertEqual(third.status, 503, third.body)
            self.assertIn("max: 1", third.json["error"]["message"])
            self.assertIn("Retry-After", third.headers)
            first.leave()
            second.wait_for(b"still here")
            second.leave()
        self.assertEqual(self.provider.count["slow"], 2)


class Leaving(unittest.TestCase):
    """A client that leaves costs nothing more, wherever it leaves."""

    # Seconds within which the provider's connection is closed. What a machine does meanwhile is not Roost's fault, so the
    # quickest of several tries counts.
    LIMIT, TRIES = 0.1, 5

    def setUp(self):
        self.provider = upstream.Upstream()
        self.addCleanup(self.provider.stop)
        endpoint = f"http://127.0.0.1:{self.provider.port}"
        lifetime = servers.roost(provider="openai", endpoint=endpoint, model="echo", concurrent_requests=1)
        self.roost = lifetime.__enter__()
        self.addCleanup(lifetime.__exit__, None, None, None)

    def test_in_the_middle_of_a_chat(self):
        def leave(_):
            client = self.begin("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}], "model": "slow"})
            client.wait_for(b"still here")
            return client.leave()

        self.assert_prompt("a chat", leave)
        self.assertEqual(self.provider.count["slow"], self.TRIES)

    def test_in_the_middle_of_a_message_keeps_what_was_said(self):
        def leave(_):
            conversation = self.roost.conversation()
            client = self.begin_message(conversation, "slow")
            client.wait_for(b"still here")
            gone = client.leave()
            content = self.interrupted(conversation)
            self.assertTrue(content.startswith("still here."), content)
            return gone

        self.assert_prompt("a message", leave)
        self.assertEqual(self.provider.count["slow"], self.TRIES)

    def test_before_the_provider_has_said_anything(self):
        def leave(number):
            conversation = self.roost.conversation()
            client = self.begin_message(conversation, "mute")
            wait_until(lambda: self.provider.count["mute"] > number)
            gone = client.leave()
            self.assertEqual(self.interrupted(conversation), "")
            return gone

        self.assert_prompt("a provider without a word", leave)
        self.assertEqual(self.provider.count["mute"], self.TRIES)

    def test_while_its_request_waits_for_its_turn(self):
        conversations = [self.roost.conversation() for _ in range(3)]
        first = self.begin_message(conversations[0], "slow")
        first.wait_for(b"still here")
        second = self.begin_message(conversations[1], "slow")
        second.wait_for(b'"position":1')
        third = self.begin_message(conversations[2], "slow")
        third.wait_for(b'"position":2')
        second.leave()
        self.assertEqual(self.interrupted(conversations[1]), "")
        third.wait_for(b'"position":1')
        self.assertEqual(self.provider.count["slow"], 1)
        first.leave()
        third.wait_for(b"still here")
        third.leave()
        self.interrupted(conversations[2])
        self.assertEqual(self.provider.count["slow"], 2)

    def begin(self, path, body):
        return Caller(self.roost.base, path, body | {"stream": True})

    def begin_message(self, conversation, model):
        return self.begin(f"/v1/conversations/{conversation}/messages", {"content": "hi", "model": model})

    def interrupted(self, conversation):
        """What is kept of the answer, once it is recorded."""
        wait_until(lambda: len(self.roost.messages(conversation)) == 2)
        question, answer = self.roost.messages(conversation)
        self.assertEqual((question["content"], question["status"], answer["status"]), ("hi", "complete", "interrupted"))
        return answer["content"]

    def assert_prompt(self, what, leave):
        seconds = []
        for number in range(self.TRIES):
            gone = leave(number)
            wait_until(lambda: len(self.provider.left) > number)
            seconds.append(self.provider.left[number] - gone)
        print(f"\nWho left {what} had left the provider after {min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f} ms.")
        self.assertLess(min(seconds), self.LIMIT)


class Caller:
    """A client that reads a stream and can leave it."""

    def __init__(self, base, path, body):
        self.connection = http.client.HTTPConnection(base.removeprefix("http://"))
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        self.response = None

    def wait_for(self, words):
        self.response = self.response or self.connection.getresponse()
        while words not in (line := self.response.readline()):
            assert line, f"the stream ended before {words!r}"

    def leave(self):
        """When it went."""
        gone = time.monotonic()
        if self.response:
            self.response.close()
        self.connection.close()
        return gone


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
