"""Roost before a provider that fails in every way it can: what callers are told, and that each request is counted once.

The provider counts the requests that arrive there: each costs its caller money.
"""

import json
import unittest

import servers
import upstream

# A request is tried once more where that may help, and never once something of the answer was passed on.
ATTEMPTS = 2

# What happens: the status that a caller is told, the requests that the provider sees, what was said before it.
FAULTS = {
    "limited-briefly": (429, ATTEMPTS, ""),
    "limited-silently": (429, ATTEMPTS, ""),
    "broken": (502, ATTEMPTS, ""),
    "reset": (502, ATTEMPTS, ""),
    "mute": (502, ATTEMPTS, ""),
    "page": (502, 1, ""),
    "reset-in-a-token": (502, 1, "I hea"),
    "falls-silent": (502, 1, "I hea"),
    "nonsense": (502, 1, "I hea"),
}


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = upstream.Upstream()
        settings = {"provider": "openai", "endpoint": f"http://127.0.0.1:{cls.provider.port}", "model": "echo"}
        cls.lifetime = servers.roost(**settings, retry_attempts=ATTEMPTS - 1, timeout_secs=1)
        cls.roost = cls.lifetime.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.lifetime.__exit__(None, None, None)
        cls.provider.stop()

    def each(self, door, check):
        """A model of its own for each fault: one that fails again and again is left alone for a while."""
        for fault, (status, requests, said) in FAULTS.items():
            with self.subTest(fault=fault):
                check(f"{fault}@{door}", status, requests, said)

    def test_a_chat_is_told_and_counted_once(self):
        def check(model, status, requests, _):
            self.assert_error(self.roost.chat(model), status)
            self.assertEqual(self.provider.count[model], requests)

        self.each("chat", check)

    def test_a_streamed_chat_is_told_and_counted_once(self):
        def check(model, status, requests, said):
            answer = self.roost.chat(model, stream=True)
            self.assertEqual(self.provider.count[model], requests)
            if not said:
                return self.assert_error(answer, status)
            self.assertEqual(answer.status, 200)
            *pieces, last = [json.loads(data) for _, data in answer.events]
            self.assertEqual("".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces), said)
            self.assertEqual(last["error"]["code"], "provider_failed")

        self.each("stream", check)

    def test_a_job_is_told_and_counted_once(self):
        def check(model, status, requests, _):
            answer = self.roost.post("/v1/jobs", {"prompt": "hi", "parameters": {"model": model}})
            self.assert_error(answer, status)
            self.assertEqual(self.provider.count[model], requests)

        self.each("job", check)

    def test_a_message_is_recorded_once_however_often_its_key_is_sent(self):
        def check(model, status, requests, said):
            conversation = self.roost.conversation()
            self.assert_error(self.roost.say(conversation, "hi", key="k", model=model), status)
            self.assertEqual(self.provider.count[model], requests)
            self.assert_messages(conversation, [("hi", "complete"), (said, "failed")])
            # A failed turn is tried again, in the same place.
            self.provider.well.add(model)
            answer = self.roost.say(conversation, "hi", key="k", model=model)
            self.assertEqual(answer.status, 201, answer.body)
            self.assertEqual(self.provider.count[model], requests + 1)
            complete = [("hi", "complete"), (answer.json["message"]["content"], "complete")]
            self.assert_messages(conversation, complete)
            # An answered one is not: it is repeated as it was.
            again = self.roost.say(conversation, "hi", key="k", model=model)
            self.assertEqual(again.json["message"], answer.json["message"])
            self.assertEqual(self.provider.count[model], requests + 1)
            self.assert_messages(conversation, complete)

        self.each("turn", check)

    def test_the_pause_that_a_provider_asks_for_is_kept(self):
        self.assertEqual(self.roost.chat("limited-briefly@pause").headers["Retry-After"], "1")
        first, second = self.provider.times["limited-briefly@pause"]
        self.assertGreaterEqual(second - first, 1)

    def test_a_slow_drip_is_waited_for(self):
        endpoint = f"http://127.0.0.1:{self.provider.port}"
        with servers.roost(provider="openai", endpoint=endpoint, model="m") as patient:
            answer = patient.chat("drip")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json["choices"][0]["message"]["content"], "I heard you.")
        self.assertEqual(self.provider.count["drip"], 1)

    def test_a_provider_that_does_not_listen_is_unreachable(self):
        endpoint = f"http://127.0.0.1:{servers.free_port()}"
        with servers.roost(provider="openai", endpoint=endpoint, model="m", retry_attempts=0) as roost:
            self.assert_error(roost.chat(), 502)
            self.assert_error(roost.chat(stream=True), 502)
            conversation = roost.conversation()
            self.assert_error(roost.say(conversation, "hi"), 502)
            messages = [(message["content"], message["status"]) for message in roost.messages(conversation)]
            self.assertEqual(messages, [("hi", "complete"), ("", "failed")])

    def assert_error(self, answer, status):
        self.assertEqual(answer.status, status, answer.body)
        error = answer.json["error"]
        self.assertEqual(error["code"], "rate_limited" if status == 429 else "provider_failed")
        if status == 429:
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def assert_messages(self, conversation, expected):
        messages = self.roost.messages(conversation)
        self.assertEqual([(message["content"], message["status"]) for message in messages], expected)
