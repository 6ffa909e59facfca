"""Sessions over `/v1/ws` under load: 2,000 sockets, of which 50 search and 10 upload all the time; and how they end."""

import contextlib, json, multiprocessing, os, re, resource, shutil, signal, time

import numpy

from report import Table, main, milliseconds, percentile
from roost import Server
from socketclient import Drive, WebSocket, frame

SOCKETS, SEARCHERS, UPLOADERS = 2_000, 50, 10
VECTORS, DIMENSIONS, K = 1_000, 384, 10
# What is left of a load may be this share more than before, this many seconds after the last socket has gone.
SHARE, SECONDS = 0.05, 10
# Without the model, whose memory would hide that of the sessions.
SETTINGS = {"ROOST_VECTOR_SEARCH_ENABLED": "false"}


def measure(options):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    table = Table(f"Session sockets: {SOCKETS:,}, of which {SEARCHERS} search and {UPLOADERS} upload all the time")
    vectors = numpy.random.default_rng(1).standard_normal((VECTORS, DIMENSIONS))
    with _server(options) as server:
        _uploads(options, table, server, vectors)
        _load(options, table, server, vectors)
    _ends(options, table, vectors)
    return table


def _server(options, **settings):
    data = options.work / "sockets"
    shutil.rmtree(data, ignore_errors=True)
    return Server(options, data, SETTINGS | settings)


# One message


def _upload(vectors, digits, replace=True, prefix="v"):
    """A message that uploads the vectors, their numbers written with so many digits."""
    texts = ((f'{{"id":"{prefix}{i}","vector":[{",".join(f"{x:.{digits}g}" for x in row)}],"metadata":{{"source":"{i % 10}.pdf"}}}}')
             for i, row in enumerate(vectors.tolist()))
    return frame(f'{{"type":"uploadVectors","replace":{json.dumps(replace)},"vectors":[{",".join(texts)}]}}'.encode())


def _search(vector):
    numbers = ",".join(f"{x:.9g}" for x in vector.tolist())
    return frame(f'{{"type":"searchVectors","k":{K},"threshold":0,"queryVector":[{numbers}]}}'.encode())


def _expect_upload(answer):
    if f'"uploaded":{VECTORS},"rejected":0'.encode() not in answer:
        raise SystemExit(f"an upload failed: {answer[:500]!r}")


def _uploads(options, table, server, vectors):
    """Each on a machine that does nothing else: from the message's first byte to the whole answer."""
    for digits in [9, 17]:
        message = _upload(vectors, digits)
        socket = WebSocket(server.port)
        times = []
        for _ in range(10 if options.quick else 50):
            answer, elapsed = socket.call(message)
            _expect_upload(answer)
            times.append(elapsed)
        socket.close()
        best = percentile(times, 0.5)
        table.add(
            f"upload of {VECTORS:,} vectors, {digits} digits, {len(message) / 1e6:.1f} MB, first byte to answer",
            f"p50 {milliseconds(best)}, p99 {milliseconds(percentile(times, 0.99))}",
            goal="≤ 15 ms", met=best <= 15, values={"ms": times},
        )


# The load


def _load(options, table, server, vectors):
    seconds = options.seconds or (30 if options.quick else 300)
    time.sleep(3)
    before = server.memory()[0]
    with (
        _process(_search_all, server.port, vectors, seconds) as searching,
        _process(_upload_all, server.port, vectors, seconds) as uploading,
    ):
        searching.receive(), uploading.receive()
        time.sleep(3)
        opened = server.memory()[0]
        _idle_row(table, before, opened)
        searching.send(None), uploading.send(None)
        searching.receive(), uploading.receive()
        busy, start = server.seconds_busy(), time.perf_counter()
        searching.send(None), uploading.send(None)
        found, stored = searching.receive(), uploading.receive()
        busy = (server.seconds_busy() - busy) / (time.perf_counter() - start)
        loaded, peak = server.memory()
        searching.send(None), uploading.send(None)
        searching.receive(), uploading.receive()
    _load_rows(table, seconds, found, stored, busy)
    back, after = _time_until_back(server, before)
    table.add(
        "memory: before, with the sockets idle, after the load, at most, and closed",
        f"{before:.1f}, {opened:.1f}, {loaded:.1f}, {peak:.1f}, {after:.1f} MB; {_back(back)}",
        goal=f"back within {SHARE:.0%} in {SECONDS} s", met=back is not None,
        values={"before_mb": before, "opened_mb": opened, "loaded_mb": loaded, "peak_mb": peak, "after_mb": after,
                "back_s": back},
    )


def _idle_row(table, before, opened):
    size = (opened - before) * 1024 / SOCKETS
    table.add(f"memory of an idle socket, of {SOCKETS:,}", f"{size:.1f} KB", goal="≤ 30 KB", met=size <= 30, values={"kb": size})


def _load_rows(table, seconds, found, stored, busy):
    errors = found["errors"] + stored["errors"]
    table.add("errors", f"{len(errors)}", goal="none", met=not errors, values={"errors": errors})
    for error in errors:
        table.note(f"Error: {error}")
    if errors:
        return
    client, server = found["milliseconds"], found["results"]
    for name, times in [("as the client sees it", client), ("by `searchTimeMs`", server)]:
        table.add(
            f"a search of {VECTORS:,} rows under load, {name}",
            f"p50 {milliseconds(percentile(times, 0.5))}, p99 {milliseconds(percentile(times, 0.99))}, "
            f"at most {milliseconds(max(times))}",
            values={"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99)},
        )
    uploads = stored["milliseconds"]
    table.add(
        f"an upload of {VECTORS:,} vectors under load",
        f"p50 {milliseconds(percentile(uploads, 0.5))}, p99 {milliseconds(percentile(uploads, 0.99))}",
        values={"p50_ms": percentile(uploads, 0.5), "p99_ms": percentile(uploads, 0.99)},
    )
    searches, messages = len(client) / seconds, len(uploads) / seconds
    table.add("at the same time", f"{searches:,.0f} searches/s and {messages:,.1f} uploads/s for {seconds} s",
              values={"searches_s": searches, "uploads_s": messages, "seconds": seconds})
    table.note(
        f"Of {os.cpu_count()} cores the server had {busy:.2f}, the searching clients {found['busy']:.2f}, the uploading ones "
        f"{stored['busy']:.2f}; client and server share the machine."
    )


class _Peer:
    """The other end of a pipe; what a child could not do arrives as an error."""

    def __init__(self, pipe, process):
        self.pipe, self.process = pipe, process

    def send(self, value):
        self.pipe.send(value)

    def receive(self):
        try:
            return self.pipe.recv()
        except EOFError:
            raise SystemExit("a client process has failed") from None


@contextlib.contextmanager
def _process(body, *arguments):
    """Runs `body` in a child; it and the parent speak through a pipe."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=body, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _Peer(ours, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.join()


def _search_all(pipe, port, vectors, seconds):
    searching = [WebSocket(port) for _ in range(SEARCHERS)]
    idle = [WebSocket(port) for _ in range(SOCKETS - SEARCHERS - UPLOADERS)]
    questions = [(_search(row), f'"results":[{{"id":"v{i}"'.encode()) for i, row in enumerate(vectors[:200])]
    message = _upload(vectors, 9)

    def prepare():
        for socket in searching:
            _expect_upload(socket.call(message)[0])

    def asker(number):
        def ask():
            nonlocal number
            number = (number + 1) % len(questions)
            question, first = questions[number]
            return question, lambda answer: _time_of_search(answer, first)

        return ask

    work = [(socket, asker(i)) for i, socket in enumerate(searching)]
    _take_part(pipe, prepare, Drive(work, idle), seconds, searching + idle)


def _time_of_search(answer, first):
    """What the server says that the search took, if the answer is as it must be."""
    time = re.search(rb'"totalVectors":(\d+),"searchTimeMs":([\d.eE+-]+)', answer)
    if first not in answer or not time or int(time[1]) != VECTORS:
        raise ValueError(f"a search failed: {answer[:500]!r}")
    return float(time[2])


def _upload_all(pipe, port, vectors, seconds):
    uploading = [WebSocket(port) for _ in range(UPLOADERS)]
    message = _upload(vectors, 9)

    def check(answer):
        if f'"uploaded":{VECTORS},"rejected":0'.encode() not in answer:
            raise ValueError(f"an upload failed: {answer[:500]!r}")

    work = [(socket, lambda: (message, check)) for socket in uploading]
    _take_part(pipe, lambda: None, Drive(work), seconds, uploading)


def _take_part(pipe, prepare, drive, seconds, sockets):
    """A client process's part: open, prepare, drive, close; each step begins when the parent says so."""
    pipe.send("open")
    pipe.recv()
    prepare()
    pipe.send("prepared")
    pipe.recv()
    errors, busy = [], 0
    try:
        busy = drive.run(seconds)
    except Exception as error:  # Whatever it is, it belongs into the table.
        errors.append(f"{type(error).__name__}: {error}")
    pipe.send({"errors": errors, "busy": busy, "milliseconds": drive.milliseconds, "results": drive.results})
    pipe.recv()
    for socket in sockets:
        socket.socket.setblocking(True)
        socket.close()
    pipe.send("closed")
    pipe.recv()


# How sessions end


def _ends(options, table, vectors):
    """Each with a server of its own, whose memory nothing has shaped before."""
    for name, end in ENDS.items():
        settings = {"ROOST_SERVER_TIMEOUTS_WEBSOCKET_IDLE_SECS": "2"} if name == "timeout" else {}
        with _server(options, **settings) as server:
            _warm(server, vectors)
            before = server.memory()[0]
            with _process(_hold, server.port, vectors, 5 if options.quick else 20) as client:
                client.receive()
                held = server.memory()[0]
                start = time.perf_counter()
                end(client)
                back, after = _time_until_back(server, before, wait=3 if name == "timeout" else 0)
            table.add(
                f"memory after the end of sessions: {name}",
                f"{before:.1f} MB before, {held:.1f} MB with them, {after:.1f} MB after; {_back(back)}",
                goal=f"back within {SHARE:.0%} in {SECONDS} s", met=back is not None,
                values={"before_mb": before, "held_mb": held, "after_mb": after, "back_s": back},
            )


def _warm(server, vectors):
    """Uses everything once, so that code and threads are there."""
    for _ in range(2):
        socket = WebSocket(server.port)
        _expect_upload(socket.call(_upload(vectors, 9))[0])
        socket.call(_search(vectors[0]))
        socket.close()
    time.sleep(3)


def _hold(pipe, port, vectors, messages):
    """Ten sessions with so many thousand vectors each."""
    sockets = [WebSocket(port) for _ in range(10)]
    for part in range(messages):
        message = _upload(vectors, 9, replace=False, prefix=f"{part}-")
        for socket in sockets:
            _expect_upload(socket.call(message)[0])
    pipe.send("held")
    for socket in sockets:
        if pipe.recv() == "reset":
            socket.reset()
        else:
            socket.close()
    pipe.send("ended")
    pipe.recv()


def _say(word):
    def end(client):
        for _ in range(10):
            client.send(word)
        client.receive()

    return end


ENDS = {
    "close": _say("close"),
    "reset": _say("reset"),
    "timeout": lambda client: os.kill(client.process.pid, signal.SIGSTOP),
    "kill -9": lambda client: os.kill(client.process.pid, signal.SIGKILL),
}


def _time_until_back(server, before, wait=0):
    """Seconds until the memory is back, `None` if it takes too long; and the memory when all is over."""
    start, back = time.perf_counter(), None
    time.sleep(wait)
    while (elapsed := time.perf_counter() - start) < wait + SECONDS and back is None:
        if server.memory()[0] <= before * (1 + SHARE):
            back = elapsed
        time.sleep(0.05)
    time.sleep(1)
    return back, server.memory()[0]


def _back(seconds):
    return "not back" if seconds is None else f"back after {seconds:.1f} s"


if __name__ == "__main__":
    main(measure)
