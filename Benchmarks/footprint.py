"""Memory when nothing happens and the time until ready, with 10,000 passages and the embedding model loaded."""

import subprocess, sys, time

import corpus
from report import Table, main, version
from roost import Client, Server, memory

# What the Python stack loads before it could answer the first question.
STACK = """
import faiss, bm25s, fastapi, uvicorn, numpy
import embedding
model = embedding.Torch()
index = faiss.IndexFlatIP(384)
index.add(numpy.fromfile("{vectors}", dtype="f4").reshape(-1, 384))
model.embed(["ready"], 1)
print("ready", flush=True)
input()
"""


def measure(options):
    rows = 2_000 if options.quick else 10_000
    data, indexing = corpus.store(options, rows)
    with Server(options, data):
        pass  # Leaves a snapshot of the index, as any server does that ran before.
    seconds, idle = [], []
    for _ in range(3):
        with Server(options, data) as server:
            seconds.append(server.seconds)
            Client(server.port).request("GET", "/ready")
            time.sleep(2)
            idle.append(server.memory()[0])
    theirs, resident = _stack(corpus.vectors(options, rows)[0])
    peer = f"Python with {version('sentence-transformers')}, {version('faiss-cpu')}: "
    table = Table(f"Footprint with {rows:,} passages and the model loaded")
    mine, space = sorted(seconds)[1], sorted(idle)[1]
    table.add("start until ready", f"{mine:.2f} s", f"{peer}{theirs:.1f} s", theirs / mine, "≤ 0.5 s", mine <= 0.5,
              {"s": mine, "all": seconds})
    table.add("memory, idle", f"{space:.0f} MB", f"{peer}{resident:.0f} MB", resident / space, "≤ 150 MB", space <= 150,
              {"mb": space})
    size = sum(file.stat().st_blocks * 512 for file in data.rglob("*") if file.is_file()) / 1e6
    table.add("on disk: database, index, cache of embeddings", f"{size:.0f} MB", values={"mb": size})
    return table


def _stack(vectors):
    """Seconds until ready and resident megabytes of the same, put together from packages."""
    start = time.perf_counter()
    command = [sys.executable, "-c", STACK.format(vectors=vectors)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_here())
    process.stdout.readline()
    elapsed = time.perf_counter() - start
    resident = memory(process.pid)[0]
    process.communicate("\n")
    return elapsed, resident


def _here():
    return __file__.rsplit("/", 1)[0]


if __name__ == "__main__":
    main(measure)
