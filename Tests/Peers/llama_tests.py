"""Roost before llama.cpp's server: a real model, if a small and foolish one, that is made here."""

import json
import os
import tempfile
import threading
import unittest

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
        # llama.cpp's Python server answers one after the other; a request that waits is not lost.
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(self.roost.chat(max_tokens=8, stream=True))) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ends = [answer.events[-1][1] if answer.status == 200 else answer.body for answer in answers]
        self.assertEqual(ends, ["[DONE]"] * 6)

    def test_a_prompt_that_does_not_fit_is_an_error_and_no_empty_answer(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                answer = self.roost.chat(text="word " * 2_000, stream=stream)
                self.assertGreaterEqual(answer.status, 400, answer.body)
                self.assertIn("llamafile", answer.json["error"]["message"])
