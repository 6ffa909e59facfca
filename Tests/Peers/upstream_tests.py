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
            self.assertEqual(answer.status, 200)
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

    def test_a_client_that_leaves_ends_the_providers_work_and_what_was_said_is_kept(self):
        conversation = self.roost.conversation()
        connection = http.client.HTTPConnection(self.roost.base.removeprefix("http://"))
        body = json.dumps({"content": "hi", "model": "slow", "stream": True})
        path = f"/v1/conversations/{conversation}/messages"
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        while b"still here" not in response.readline():
            pass
        gone = time.monotonic()
        response.close()
        connection.close()
        self.wait_until(lambda: self.provider.left)
        print(f"\nThe provider was left {(self.provider.left[0] - gone) * 1000:.1f} ms after the client had gone.")
        self.wait_until(lambda: self.roost.get(path).json["messages"][-1]["role"] == "assistant")
        said = self.roost.get(path).json["messages"][-1]
        self.assertEqual(said["status"], "interrupted")
        self.assertTrue(said["content"].startswith("still here."))
        self.assertEqual(self.provider.count["slow"], 1)

    def wait_until(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
