"""The smallest request, `GET /health`, beside FastAPI on uvicorn; the load comes from wrk on the same machine."""

import re, socket, subprocess, sys, time

from report import Table, main, ratio, version
from roost import Server

APPLICATION = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/health")
async def health():
    return {"status": "ok", "service": "peer"}
"""


def measure(options):
    seconds = 1 if options.quick else 3
    peer = " on ".join(map(version, ["fastapi", "uvicorn"]))
    table = Table("GET /health, requests a second")
    with Server(options, options.work / "empty") as ours, Uvicorn(options) as theirs:
        for connections in [1, 64]:
            mine, others = [], []
            for _ in range(3):
                mine.append(_load(ours.port, connections, seconds))
                others.append(_load(theirs.port, connections, seconds))
            best, other = sorted(mine)[1], sorted(others)[1]
            work = f"{connections} connection{'s' if connections > 1 else ''}"
            gain = 1 / ratio(others, mine)
            table.add(work, f"{best:,.0f}", f"{peer}: {other:,.0f}", gain, values={"roost": best, "peer": other})
    return table


def _load(port, connections, seconds):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}/health"]
    report = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    if "Non-2xx" in report:
        raise SystemExit(report)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", report)[1])


class Uvicorn:
    """One worker with uvloop and httptools, as fast as it gets."""

    def __init__(self, options):
        (options.work / "peer.py").write_text(APPLICATION)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "peer:app", "--port", str(self.port), "--log-level", "error"]
        loop = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
        self.process = subprocess.Popen(command + loop, cwd=options.work)
        self._wait()

    def _wait(self):
        for _ in range(100):
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
        raise SystemExit("uvicorn did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


if __name__ == "__main__":
    main(measure)
