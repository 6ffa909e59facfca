"""Our side: the measuring subcommand, and a server with a client that keeps its connection."""

import contextlib, json, os, pathlib, signal, socket, subprocess, time


class Paced:
    """`roost bench … --paced`: prepared once, then measured whenever it is our turn."""

    def __init__(self, options, *arguments, data=None):
        command = [options.roost, "bench", *map(str, arguments), "--paced", "--data", data or options.work / "data"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit(f"roost bench {' '.join(map(str, arguments))} failed")

    def round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def run(options, *arguments, environment=None):
    """Runs a command of ours and gives its standard output."""
    command = [options.roost, *map(str, arguments)]
    environment = os.environ | (environment or {})
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


class Server:
    """A server on a free port of this machine; `seconds` is how long it took until it said that it is ready."""

    def __init__(self, options, data, environment=None):
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [options.roost, "serve", "--port", "0", "--data", data],
            env=os.environ | {"ROOST_LOG_LEVEL": "error"} | (environment or {}),
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        self.seconds = time.perf_counter() - start
        if not line.startswith("Roost is ready at"):
            raise SystemExit("the server did not become ready")
        self.port = int(line.rsplit(":", 1)[1].strip(" /\n"))

    def memory(self):
        return memory(self.process.pid)

    def seconds_busy(self):
        """Processor time so far, of all threads."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def memory(process):
    """Resident memory of a process in MB: now, and the highest so far."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
    return tuple(int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))


class Client:
    """One connection that is kept, and nothing between us and the bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def request(self, method, path, body=None):
        """The answer's JSON, and the milliseconds until all of it was there."""
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        message = f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload
        start = time.perf_counter()
        self.socket.sendall(message)
        status = int(self.stream.readline().split()[1])
        length = 0
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = self.stream.read(length)
        elapsed = (time.perf_counter() - start) * 1000
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer), elapsed

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()
