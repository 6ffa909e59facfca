"""A whole hybrid search over 10,000 passages of manual pages, text in and text out: ours over HTTP, the peers' as calls."""

import time

import bm25s
import faiss
import numpy
import Stemmer
import torch

import corpus
from embedding import Torch
from report import Table, main, milliseconds, percentile, ratio, version
from roost import Client, Server

K, DEPTH = 10, 100


def measure(options):
    torch.set_num_threads(options.threads)
    rows = 2_000 if options.quick else 10_000
    data, indexing = corpus.store(options, rows)
    passages = corpus.passages(options)[:rows]
    peer = PythonStack(passages, corpus.vectors(options, rows)[1])
    questions = [sentence for sentence in corpus.sentences(options)[-600:] if len(sentence) < 160]
    fresh, known, words, theirs, rest = [], [], [], [], []
    with Server(options, data) as server:
        client = Client(server.port)
        for start in range(0, min(len(questions), 200 if options.quick else 500), 50):
            batch = questions[start : start + 50]
            fresh.append([_search(client, text, "hybrid") for text in batch])
            known.append([_search(client, text, "hybrid") for text in batch])
            words.append([_search(client, text, "keyword") for text in batch])
            pairs = [peer.search(text) for text in batch]
            theirs.append([embedding + search for embedding, search in pairs])
            rest.append([search for _, search in pairs])
    table = Table(f"A whole hybrid search over {rows:,} passages")
    names = f"{version('sentence-transformers')}, {version('faiss-cpu')}, {version('bm25s')}, rank fusion"
    _row(table, "with embedding the query", fresh[1:], theirs[1:], names, 3)
    _row(table, "the query's embedding known", known[1:], rest[1:], names, 0.5)
    _row(table, "words alone", words[1:], None, "–", None)
    table.add(
        "reading, cutting, embedding and storing",
        f"{indexing['passages'] / indexing['seconds']:,.0f} passages/s" if "seconds" in indexing else str(indexing),
    )
    return table


def _search(client, text, mode):
    answer, elapsed = client.request("POST", "/v1/search", {"query": text, "mode": mode, "limit": K})
    assert answer["results"] or mode == "keyword", text
    return elapsed


def _row(table, work, ours, theirs, names, goal):
    flat = [time for batch in ours for time in batch]
    median = percentile(flat, 0.5)
    peers, gain = "–", None
    if theirs:
        middles = [percentile(batch, 0.5) for batch in theirs]
        peers = f"{names}: p50 {milliseconds(percentile(middles, 0.5))}"
        gain = ratio(middles, [percentile(batch, 0.5) for batch in ours])
    table.add(
        work,
        f"p50 {milliseconds(median)}, p99 {milliseconds(percentile(flat, 0.99))}",
        peers,
        gain,
        f"p50 ≤ {goal} ms" if goal else "–",
        median <= goal if goal else None,
        {"p50_ms": median, "p99_ms": percentile(flat, 0.99)},
    )


class PythonStack:
    """What one would put together from packages: both halves, reciprocal rank fusion, and the passages' text.

    The vectors it searches are other sentences'; the time of a flat scan does not depend on what they say.
    """

    def __init__(self, passages, vectors):
        self.texts = [passage["fields"]["content"] for passage in passages]
        self.model = Torch()
        self.stemmer = Stemmer.Stemmer("english")
        self.index = faiss.IndexFlatIP(corpus.DIMENSIONS)
        self.index.add(numpy.resize(vectors, (len(passages), corpus.DIMENSIONS)))
        self.words = bm25s.BM25()
        tokens = bm25s.tokenize(self.texts, stopwords="en", stemmer=self.stemmer, show_progress=False)
        self.words.index(tokens, show_progress=False)

    def search(self, text):
        """Milliseconds of embedding the query, and of all the rest."""
        start = time.perf_counter()
        vector = self.model.embed([text], 1)
        embedded = time.perf_counter()
        near = self.index.search(vector, DEPTH)[1][0]
        tokens = bm25s.tokenize([text], stopwords="en", stemmer=self.stemmer, show_progress=False)
        named = self.words.retrieve(tokens, k=DEPTH, show_progress=False).documents[0]
        [self.texts[place] for place in fuse(near, named)[:K]]
        return (embedded - start) * 1000, (time.perf_counter() - embedded) * 1000


def fuse(*rankings, constant=60):
    """Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009)."""
    scores = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking, 1):
            scores[place] = scores.get(place, 0) + 1 / (constant + rank)
    return sorted(scores, key=scores.get, reverse=True)


if __name__ == "__main__":
    main(measure)
