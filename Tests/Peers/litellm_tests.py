"""Roost before LiteLLM's proxy, in OpenAI's and in Anthropic's format, and behind it; OpenAI's and Anthropic's clients call."""

import json
import tempfile
import time
import unittest

import anthropic
import openai

import servers
import upstream

SENTENCE = "Ospreys nest near water [1]."
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a bird up.",
        "parameters": {"type": "object", "properties": {"bird": {"type": "string"}, "where": {"type": "string"}}},
    },
}


def setUpModule():
    global folder, provider, proxy, roost_port
    folder = tempfile.TemporaryDirectory()
    provider = upstream.Upstream()
    roost_port = servers.free_port()

    def mock(text):
        return {"model": "openai/mock", "api_key": "none", "mock_response": text}

    def forward(model, base):
        return {"model": f"hosted_vllm/{model}", "api_base": f"{base}/v1", "api_key": "none"}

    models = {
        "mock": mock(SENTENCE),
        "rate": mock("litellm.RateLimitError"),
        "long": mock("litellm.ContextWindowExceededError"),
        "through-roost": forward("mock", f"http://127.0.0.1:{roost_port}"),
    }
    # One each for the tests: a model that fails again and again is left alone for a while.
    models |= {f"broken-{use}": mock("litellm.InternalServerError") for use in ("turn", "chat", "client", "fallback")}
    models |= {name: forward(name, f"http://127.0.0.1:{provider.port}") for name in ("echo", "tool", "limited", "letters")}
    proxy = servers.start_litellm(folder.name, models)


def tearDownModule():
    proxy.stop()
    provider.stop()
    folder.cleanup()


class Provider:
    """What holds in either format."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.lifetime = servers.roost(roost_port, **(cls.settings | {"endpoint": proxy.base, "retry_attempts": 1}))
        cls.roost = cls.lifetime.__enter__()
        cls.openai = openai.OpenAI(base_url=cls.roost.base + "/v1", api_key="unused", max_retries=0)

    @classmethod
    def tearDownClass(cls):
        cls.lifetime.__exit__(None, None, None)

    def test_a_chat_is_answered(self):
        answer = self.roost.chat("echo").json
        self.assertEqual(answer["choices"][0]["message"], {"role": "assistant", "content": "I heard: Where do ospreys nest?"})
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        self.assertEqual(answer["model"], f"{self.settings['provider']}:echo")

    def test_usage_is_the_providers_with_its_cached_tokens(self):
        usage = self.roost.chat("echo").json["usage"]
        self.assertEqual((usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]), (40, 9, 49))
        self.assertEqual(usage["prompt_tokens_details"]["cached_tokens"], 32)

    def test_a_conversation_remembers(self):
        conversation = self.roost.conversation()
        first = self.roost.say(conversation, "Call me Ada.", model="echo")
        self.assertEqual(first.status, 201, first.body)
        self.roost.say(conversation, "Who am I?", model="echo")
        contents = json.dumps(provider.seen[-1]["messages"])
        self.assertIn("Call me Ada.", contents)
        self.assertIn("I heard:", contents)
        messages = self.roost.get(f"/v1/conversations/{conversation}/messages").json["messages"]
        self.assertEqual([message["role"] for message in messages], ["user", "assistant"] * 2)
        self.assertTrue(all(message["status"] == "complete" for message in messages))

    def test_a_conversation_is_streamed(self):
        answer = self.roost.say(self.roost.conversation(), "hi", model="echo", stream=True)
        names = [name for name, _ in answer.events]
        self.assertEqual((names[0], names[-1]), ("context", "done"))
        text = "".join(json.loads(data)["content"] for name, data in answer.events if name == "delta")
        done = json.loads(answer.events[-1][1])
        self.assertEqual(done["message"]["content"], text)
        self.assertTrue(text.startswith("I heard: "))
        self.assertEqual(done["usage"]["completion_tokens"], 9)

    def test_a_failed_turn_is_kept_as_failed(self):
        conversation = self.roost.conversation()
        self.assertEqual(self.roost.say(conversation, "hi", model="broken-turn").status, 502)
        messages = self.roost.get(f"/v1/conversations/{conversation}/messages").json["messages"]
        self.assertEqual(messages[0]["content"], "hi")
        self.assertNotIn("complete", [message["status"] for message in messages if message["role"] == "assistant"])

    def test_errors_have_their_status_and_the_providers_words(self):
        for model, status, words in [
            ("rate", 429, "mock rate limit error"), ("broken-chat", 502, "mock internal server error"),
            ("long", 422, "context window exceeded"), ("nobody-knows-me", 502, "Invalid model name"),
        ]:
            for stream in (False, True):
                with self.subTest(model=model, stream=stream):
                    answer = self.roost.chat(model, stream=stream)
                    self.assertEqual(answer.status, status, answer.body)
                    self.assertIn(words, answer.json["error"]["message"])

    def test_a_limit_of_rate_says_when_to_come_back(self):
        self.assertGreaterEqual(int(self.roost.chat("limited").headers["Retry-After"]), 1)

    def test_a_failure_is_tried_once_more_and_no_more(self):
        before = provider.count["limited"]
        self.roost.chat("limited", stream=True)
        self.assertEqual(provider.count["limited"] - before, 2)

    def test_a_wrong_key_is_told_and_never_shown(self):
        with servers.roost(**(self.settings | {"endpoint": proxy.base, "api_key": "sk-wrong"})) as other:
            answer = other.chat("mock")
            self.assertEqual(answer.status, 502)
            self.assertNotIn("sk-wrong", answer.body.decode())
            self.assertNotIn("sk-wrong", other.server.output())

    # OpenAI's client

    def test_openais_client_gets_an_answer(self):
        answer = self.openai.chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "hi"}], max_tokens=20, temperature=0.5
        )
        self.assertEqual(answer.choices[0].message.content, "I heard: hi")
        self.assertEqual(answer.usage.prompt_tokens_details.cached_tokens, 32)

    def test_openais_client_gets_a_stream(self):
        chunks = list(self.openai.chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "hi"}], stream=True, stream_options={"include_usage": True}
        ))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        self.assertEqual(text, "I heard: hi")
        self.assertEqual([chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1], "stop")
        self.assertEqual(chunks[-1].usage.completion_tokens, 9)

    def test_openais_client_has_its_tool_called_and_answers_it(self):
        messages = [{"role": "user", "content": "Where is the osprey?"}]
        for stream in (False, True):
            with self.subTest(stream=stream):
                call = self.tool_call(messages, stream)
                self.assertEqual((call["id"], call["name"]), ("call_7", "look_up"))
                self.assertEqual(json.loads(call["arguments"]), json.loads(upstream.CALL[1]))
        said = {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_7", "type": "function", "function": {"name": "look_up", "arguments": upstream.CALL[1]}}
        ]}
        answered = messages + [said, {"role": "tool", "tool_call_id": "call_7", "content": "At the loch."}]
        answer = self.openai.chat.completions.create(model="tool", messages=answered, tools=[TOOL])
        self.assertEqual(answer.choices[0].message.content, "I heard: At the loch.")

    def tool_call(self, messages, stream):
        request = {"model": "tool", "messages": messages, "tools": [TOOL]}
        if not stream:
            choice = self.openai.chat.completions.create(**request).choices[0]
            self.assertEqual(choice.finish_reason, "tool_calls")
            call = choice.message.tool_calls[0]
            return {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}
        with self.openai.chat.completions.stream(**request) as events:
            for _ in events:
                pass
            call = events.get_final_completion().choices[0].message.tool_calls[0]
        return {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}

    def test_openais_client_raises_its_own_errors(self):
        for model, kind in [
            ("rate", openai.RateLimitError), ("broken-client", openai.InternalServerError), ("long", openai.UnprocessableEntityError)
        ]:
            with self.subTest(model=model), self.assertRaises(kind):
                self.openai.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
        with self.assertRaises(openai.BadRequestError):
            self.openai.chat.completions.create(model="echo", messages=[])

    def test_openais_client_lists_the_models(self):
        names = [model.id for model in self.openai.models.list()]
        self.assertEqual(names, [f"{self.settings['provider']}:mock"])
        self.assertEqual(self.openai.models.retrieve(names[0]).id, names[0])
        with self.assertRaises(openai.NotFoundError):
            self.openai.models.retrieve("nobody-knows-me")


class OpenAIFormat(Provider, unittest.TestCase):
    settings = {"provider": "openai", "api_key": servers.KEY, "model": "mock"}

    def test_litellms_mock_is_streamed(self):
        answer = self.roost.chat("mock", stream=True)
        self.assertEqual(answer.events[-1][1], "[DONE]")
        chunks = [json.loads(data) for _, data in answer.events[:-1]]
        self.assertEqual("".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks), SENTENCE)

    def test_litellm_can_stand_before_roost(self):
        client = openai.OpenAI(base_url=proxy.base + "/v1", api_key=servers.KEY, max_retries=0)
        messages = [{"role": "user", "content": "hi"}]
        answer = client.chat.completions.create(model="through-roost", messages=messages)
        self.assertEqual(answer.choices[0].message.content, SENTENCE)
        chunks = client.chat.completions.create(model="through-roost", messages=messages, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        self.assertEqual(text, SENTENCE)

    def test_anthropics_client_reaches_roost_through_litellm(self):
        client = anthropic.Anthropic(base_url=proxy.base, api_key=servers.KEY, max_retries=0)
        request = {"model": "through-roost", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}
        answer = client.messages.create(**request)
        self.assertEqual(answer.content[0].text, SENTENCE)
        with client.messages.stream(**request) as stream:
            self.assertEqual("".join(stream.text_stream), SENTENCE)


class AnthropicFormat(Provider, unittest.TestCase):
    settings = {"provider": "anthropic", "api_key": servers.KEY, "model": "mock"}

    def test_json_where_a_stream_was_asked_for_is_an_answer(self):
        # LiteLLM answers its mocks whole in this format, whatever was asked for.
        self.assertEqual(self.roost.chat("mock").json["choices"][0]["message"]["content"], SENTENCE)


class Fallback(unittest.TestCase):
    """`llm.fallback_model` in its three forms."""

    def settings(self, fallback, model="rate"):
        return {
            "provider": "openai", "api_key": servers.KEY, "model": model, "endpoint": proxy.base, "retry_attempts": 0,
            "fallback_model": fallback,
        }

    def test_a_stream_that_is_refused_for_its_rate_goes_to_the_fallback(self):
        for fallback, who in [
            ("mock", "openai:mock"),
            ({"provider": "anthropic", "model": "mock", "endpoint": proxy.base, "api_key": servers.KEY}, "anthropic:mock"),
        ]:
            with self.subTest(fallback=fallback), servers.roost(**self.settings(fallback)) as client:
                answer = client.chat(stream=True)
                self.assertEqual(answer.status, 200, answer.body)
                chunks = [json.loads(data) for _, data in answer.events[:-1]]
                self.assertEqual("".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks), SENTENCE)
                self.assertEqual({chunk["model"] for chunk in chunks}, {who})
                said = client.say(client.conversation(), "hi")
                self.assertEqual(said.json["message"]["model"], who)

    def test_when_both_fail_both_are_named(self):
        with servers.roost(**self.settings("broken-fallback")) as client:
            for answer in (client.chat(), client.chat(stream=True), client.say(client.conversation(), "hi")):
                self.assertEqual(answer.status, 502)
                message = answer.json["error"]["message"]
                for words in ("openai:rate", "mock rate limit error", "openai:broken-fallback", "mock internal server error"):
                    self.assertIn(words, message)

    def test_an_unknown_model_goes_to_the_fallback(self):
        with servers.roost(**self.settings("mock", model="nobody-knows-me")) as client:
            self.assertEqual(client.chat().json["model"], "openai:mock")

    def test_the_extractive_model_can_stand_behind_all(self):
        with servers.roost(**self.settings("extractive:extractive")) as client:
            answer = client.chat()
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(answer.json["model"], "extractive:extractive")


class Embeddings(unittest.TestCase):
    """The embedder is a model behind LiteLLM's proxy."""

    def test_passages_are_found_by_vectors_that_came_through_the_proxy(self):
        embeddings = {"provider": "openai", "endpoint": proxy.base, "api_key": servers.KEY, "model": "letters"}
        with servers.roost(embeddings=embeddings) as client:
            # The proxy's first request takes it a while; until then the server has begun without it.
            while client.get("/ready").json["embeddings"] != "openai:letters":
                time.sleep(0.1)
            client.post("/v1/collections", {"name": "notes", "kind": "text"})
            texts = {"a": "abba", "z": "zigzag", "q": "quiz"}
            passages = [{"id": name, "fields": {"text": text}} for name, text in texts.items()]
            written = client.post("/v1/collections/notes/passages", {"passages": passages})
            self.assertEqual(written.status, 201, written.body)
            self.assertNotIn("degraded", written.json)
            for name, text in texts.items():
                found = client.post("/v1/search", {"query": text[::-1], "mode": "vector", "collections": ["notes"], "limit": 1})
                self.assertEqual(found.json["results"][0]["id"], name)
                self.assertGreater(found.json["results"][0]["score"], 0.999)
        self.assertGreater(provider.count["letters"], 0)
