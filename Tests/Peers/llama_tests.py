"""Roost before llama.cpp's server: a real model, if a small and foolish one, that is made here."""

import concurrent.futures
import http.client
import json
import os
import tempfile
import time
import unittest
import urllib.request

import openai

import servers


def setUpModule():
    global folder, llama
    folder = tempfile.TemporaryDirectory()
    llama = servers.start_llama(os.environ["LLAMA_PYTHON"], folder.name)


def tearDownModule():
    llama.stop()
    folder.cleanup()


class Llama(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        settings = {"provider": "llamafile", "endpoint": llama.base, "max_tokens": 24, "retry_attempts": 0}
        cls.lifetime = servers.roost(**settings)
        cls.roost = cls.lifetime.__enter__()
        cls.openai = openai.OpenAI(base_url=cls.roost.base + "/v1", api_key="unused", max_retries=0)

    @classmethod
    def tearDownClass(cls):
        cls.lifetime.__exit__(None, None, None)

    def test_a_chat_ends_at_its_limit(self):
        answer = self.roost.chat(max_tokens=16).json
        self.assertEqual(answer["choices"][0]["finish_reason"], "length")
        self.assertEqual(len(answer["choices"][0]["message"]["content"]), 16)
        self.assertEqual(answer["model"], "llamafile:default")
        self.assertGreater(answer["usage"]["prompt_tokens"], 0)

    def test_the_same_seed_is_the_same_answer_streamed_or_not(self):
        request = {"messages": [{"role": "user", "content": "hi"}], "model": "tiny", "max_tokens": 20}
        sampling = {"seed": 7, "temperature": 0}
        whole = self.openai.chat.completions.create(**request, **sampling).choices[0].message.content
        chunks = list(self.openai.chat.completions.create(**request, **sampling, stream=True))
        pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
        self.assertEqual("".join(pieces), whole)
        self.assertGreater(len(pieces), 5)

    def test_a_conversation_goes_on(self):
        conversation = self.roost.conversation(system_prompt="Be brief.")
        for number in range(3):
            answer = self.roost.say(conversation, f"Message {number}", stream=True)
            name, done = answer.events[-1]
            self.assertEqual(name, "done", answer.body)
            self.assertEqual(json.loads(done)["message"]["status"], "complete")
        messages = self.roost.get(f"/v1/conversations/{conversation}/messages").json["messages"]
        self.assertEqual(len(messages), 6)

    def test_many_at_once_are_all_answered(self):
        # The server answers two at a time; a request that waits is not lost.
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: self.roost.chat(max_tokens=8, stream=True), range(6)))
        ends = [answer.events[-1][1] if answer.status == 200 else answer.body for answer in answers]
        self.assertEqual(ends, ["[DONE]"] * 6)

    def test_a_prompt_that_does_not_fit_is_refused_by_its_name(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                answer = self.roost.chat(text="word " * 2_000, stream=stream)
                self.assertEqual(answer.status, 422, answer.body)
                self.assertEqual(answer.json["error"]["code"], "context_length_exceeded")
                self.assertIn("llamafile", answer.json["error"]["message"])

    def test_a_client_that_leaves_ends_the_servers_work(self):
        connection = http.client.HTTPConnection(self.roost.base.removeprefix("http://"))
        body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 900, "stream": True})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        while b'"content":"' not in response.readline():
            pass
        response.close()
        connection.close()
        deadline = time.monotonic() + 20
        while any(slot["is_processing"] for slot in json_of("/slots")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)


class Server(unittest.TestCase):
    """What `llamafile` rests upon besides chat completions, as llama.cpp's own server has it."""

    def test_it_says_that_it_is_well(self):
        self.assertEqual(json_of("/health"), {"status": "ok"})

    def test_it_counts_tokens(self):
        # The vocabulary has a piece for each letter, and one for the space that begins a text.
        self.assertEqual(len(json_of("/tokenize", {"content": "osprey nest"})["tokens"]), 1 + len("osprey nest"))
        self.assertEqual(json_of("/tokenize", {"content": ""})["tokens"], [])

    def test_it_embeds(self):
        answers = json_of("/embedding", {"content": ["osprey", "osprey", "nest"]})
        self.assertEqual([answer["index"] for answer in answers], [0, 1, 2])
        first, same, other = [answer["embedding"][0] for answer in answers]
        self.assertEqual(len(first), 64)
        self.assertEqual(first, same)
        self.assertNotEqual(first, other)


def json_of(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(llama.base + path, data), timeout=60) as response:
        return json.loads(response.read())
