"""Starts and stops what the tests need: programs on free ports of this machine, each with a log that is shown when it fails."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
KEY = "sk-of-the-tests"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A child process that answers at `base` once it is ready."""

    def __init__(self, name, command, port, ready, environment=None, patience=120):
        self.base = f"http://127.0.0.1:{port}"
        self.name = name
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdout=self.log,
            stderr=self.log,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | (environment or {}),
            start_new_session=True,
        )
        deadline = time.monotonic() + patience
        while not self._answers(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{name} did not start:\n{self.output()}")
            time.sleep(0.1)

    def _answers(self, path):
        try:
            with urllib.request.urlopen(self.base + path, timeout=5):
                return True
        except (OSError, ValueError):
            return False

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def start_litellm(folder, models, port=None):
    """LiteLLM's proxy; `models` are its name → `litellm_params`."""
    port = port or free_port()
    configuration = {
        "model_list": [{"model_name": name, "litellm_params": how} for name, how in models.items()],
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": KEY},
    }
    path = pathlib.Path(folder) / "litellm.yaml"
    path.write_text(json.dumps(configuration))  # YAML is a superset of JSON.
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
    command = [pathlib.Path(sys.executable).parent / "litellm", "--config", path, "--host", "127.0.0.1", "--port", port]
    return Server("LiteLLM", command, port, "/health/liveliness", environment)


def start_llama(python, folder):
    """llama.cpp's server on a model that is made here."""
    model, port = pathlib.Path(folder) / "tiny.gguf", free_port()
    subprocess.run([python, HERE / "tiny_model.py", model], check=True)
    command = [python, HERE / "llama_server.py", model, port, "--embeddings"]
    return Server("llama.cpp", command, port, "/health")


@contextlib.contextmanager
def roost(port=None, embeddings=None, **settings):
    """Roost with `settings` in `llm`, and an empty store."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "roost.json"
        path.write_text(json.dumps({"llm": settings} | ({"embeddings": embeddings} if embeddings else {})))
        command = [os.environ["ROOST"], "serve", "--port", port, "--data", folder, "--config", path]
        with Server("Roost", command, port, "/health") as server:
            yield Client(server)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def events(self):
        """(name, data) of each server-sent event."""
        result = []
        for block in self.body.decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
            if "data" in fields:
                result.append((fields.get("event"), fields["data"]))
        return result


class Client:
    """Roost's own interface, by nothing but the standard library."""

    def __init__(self, server):
        self.server, self.base = server, server.base

    def get(self, path):
        return self._send(urllib.request.Request(self.base + path))

    def post(self, path, body, headers=None):
        headers = {"Content-Type": "application/json"} | (headers or {})
        return self._send(urllib.request.Request(self.base + path, json.dumps(body).encode(), headers))

    @staticmethod
    def _send(request):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def chat(self, model=None, text="Where do ospreys nest?", **more):
        return self.post("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}]} | more)

    def conversation(self, **more):
        return self.post("/v1/conversations", more).json["id"]

    def say(self, conversation, text, key=None, **more):
        headers = {"Idempotency-Key": key} if key else None
        return self.post(f"/v1/conversations/{conversation}/messages", {"content": text} | more, headers)

    def messages(self, conversation):
        return self.get(f"/v1/conversations/{conversation}/messages").json["messages"]
