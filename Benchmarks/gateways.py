"""What stands between a caller and the provider, and the provider itself: Roost, LiteLLM's proxy, and a blocking one."""

import json, os, pathlib, shutil, signal, socket, subprocess, sys, time

from roost import Server, memory

HERE = pathlib.Path(__file__).parent

# The design that waits with a thread for each answer: FastAPI's own pool, and connections that are kept.
BLOCKING = """
import requests
from fastapi import FastAPI, Response
from requests.adapters import HTTPAdapter

app = FastAPI()
session = requests.Session()
session.mount("http://", HTTPAdapter(pool_maxsize=64))

@app.post("/v1/chat/completions")
def chat(body: dict):
    answer = session.post("PROVIDER/chat/completions", json=body)
    return Response(answer.content, answer.status_code, media_type="application/json")
"""


class Process:
    """A child on a free port of this machine, from when it listens until the end of the block."""

    def __init__(self, command, port, environment=None, folder=None, patience=120):
        self.port = port
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env=os.environ | (environment or {}),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + patience
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.1)

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def memory(self):
        """MB of the process and of all that it has started."""
        return sum(memory(process)[0] for process in self._family(self.process.pid))

    def _family(self, process):
        yield process
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from self._family(int(child))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        except ProcessLookupError:
            pass


def provider(think=0, pace=0):
    """Milliseconds before an answer, and between two tokens of a streamed one."""
    port = free_port()
    return Process([sys.executable, HERE / "upstream.py", port, think, pace], port)


def address(provider):
    return f"http://127.0.0.1:{provider.port}/v1"


def roost(options, provider):
    """Without the local model, whose memory would hide the gateway's."""
    data = options.work / "gateway"
    shutil.rmtree(data, ignore_errors=True)
    settings = {"PROVIDER": "openai", "ENDPOINT": address(provider), "MODEL": "m", "API_KEY": "none"}
    environment = {f"ROOST_LLM_{name}": value for name, value in settings.items()}
    return Server(options, data, environment | {"ROOST_VECTOR_SEARCH_ENABLED": "false"})


class LiteLLM(Process):
    """As its documentation has it for production (docs.litellm.ai/docs/proxy/prod): no database, no callbacks, errors alone
    are logged. It lives in an environment of its own, because it pins the versions of what it needs."""

    def __init__(self, options, providers, workers=1):
        """`providers`: by the name of the model that leads to each."""
        folder = options.work / "litellm"
        python = _environment(folder)
        configuration = {
            "model_list": [
                {"model_name": name, "litellm_params": {"model": "openai/m", "api_base": address(provider), "api_key": "none"}}
                for name, provider in providers.items()
            ],
            "litellm_settings": {"set_verbose": False, "num_retries": 0, "request_timeout": 600},
        }
        path = folder / f"config-{workers}.yaml"
        path.write_text(json.dumps(configuration))  # YAML is a superset of JSON.
        environment = {
            "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True",
            # It listens on loopback only; Roost checks no key there either.
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        }
        port = free_port()
        command = [python.parent / "litellm", "--config", path, "--host", "127.0.0.1", "--port", port]
        super().__init__(command + ["--num_workers", workers, "--telemetry", "False"], port, environment)

    @staticmethod
    def version(options):
        script = "import importlib.metadata as m; print(m.version('litellm'))"
        command = [_environment(options.work / "litellm"), "-c", script]
        return "LiteLLM " + subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _environment(folder):
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        wanted = ["litellm[proxy]", "uvloop", "httptools"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
        (folder / "complete").touch()
    return python


def blocking(options, provider):
    (options.work / "blocking.py").write_text(BLOCKING.replace("PROVIDER", address(provider)))
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "blocking:app", "--port", port, "--log-level", "error", "--no-access-log"]
    return Process(command + ["--loop", "uvloop", "--http", "httptools"], port, folder=options.work)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
