"""Retrieval quality, nDCG@10, on test collections in BEIR's layout: ours, bm25s, the same embedder, and their rank fusion."""

import collections, json, math

import bm25s
import numpy
import Stemmer
import torch

import roost
from embedding import Torch
from report import Table, main, version
from search import fuse

K, DEPTH = 10, 100
GOALS = {"scifact": 0.74, "cranfield": 0.45}


def measure(options):
    torch.set_num_threads(options.threads)
    table = Table("Retrieval quality, nDCG@10")
    folders = sorted(folder.parent for folder in options.collections.glob("*/corpus.jsonl"))
    for folder in folders:
        _measure(options, table, folder)
    return table


def _measure(options, table, folder):
    ours = {}
    for mode in ["hybrid", "vector", "keyword"]:
        report = roost.run(options, "eval", folder, "--mode", mode, "--json", "--data", options.work / "eval")
        ours[mode] = json.loads(report)
    theirs = _peers(options, Collection(folder))
    best, hybrid = max(theirs.values()), ours["hybrid"]["ndcg@10"]
    floor = max(best, *(report["ndcg@10"] for report in ours.values()))
    goal = GOALS.get(folder.name)
    table.add(
        f"{folder.name}: {ours['hybrid']['documents']:,} documents, {ours['hybrid']['queries']:,} queries",
        f"hybrid {hybrid:.3f} (vector {ours['vector']['ndcg@10']:.3f}, keyword {ours['keyword']['ndcg@10']:.3f})",
        "; ".join(f"{name} {value:.3f}" for name, value in theirs.items()),
        hybrid / best,
        (f"≥ {goal}, " if goal else "") + "≥ each half and rank fusion",
        hybrid >= max(goal or 0, floor - 0.0005),
        {mode: report for mode, report in ours.items()} | theirs,
    )


def _peers(options, collection):
    stemmer = Stemmer.Stemmer("english")
    words = bm25s.BM25()
    words.index(bm25s.tokenize(collection.texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    tokens = bm25s.tokenize(collection.queries, stopwords="en", stemmer=stemmer, show_progress=False)
    depth = min(DEPTH, len(collection.texts))
    named = words.retrieve(tokens, k=depth, show_progress=False).documents
    rows, questions = collection.vectors(options)
    near = numpy.argsort(-(questions @ rows.T), axis=1)[:, :depth]
    fused = [fuse(*pair) for pair in zip(near, named, strict=True)]
    rankings = {version("bm25s"): named, f"MiniLM ({version('sentence-transformers')})": near, "their rank fusion": fused}
    return {name: collection.ndcg(ranking) for name, ranking in rankings.items()}


class Collection:
    def __init__(self, folder):
        self.name = folder.name
        documents = _lines(folder / "corpus.jsonl")
        self.ids = [document["_id"] for document in documents]
        self.texts = [f"{document.get('title', '')} {document['text']}".strip() for document in documents]
        self.judgements = collections.defaultdict(dict)
        for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
            query, document, score = line.split("\t")
            self.judgements[query][document] = int(score)
        queries = [query for query in _lines(folder / "queries.jsonl") if query["_id"] in self.judgements]
        self.query_ids = [query["_id"] for query in queries]
        self.queries = [query["text"] for query in queries]

    def vectors(self, options):
        """Embedded by the reference; kept, because it takes minutes."""
        file = options.work / f"quality-{self.name}.npz"
        if not file.exists():
            model = Torch()
            numpy.savez(file, rows=model.embed(self.texts, 32), questions=model.embed(self.queries, 32))
        kept = numpy.load(file)
        return kept["rows"], kept["questions"]

    def ndcg(self, rankings):
        """The mean over the queries, as trec_eval defines it."""
        values = []
        for query, ranking in zip(self.query_ids, rankings, strict=True):
            gains = [max(0, self.judgements[query].get(self.ids[place], 0)) for place in ranking[:K]]
            ideal = sorted((gain for gain in self.judgements[query].values() if gain > 0), reverse=True)[:K]
            values.append(_discounted(gains) / _discounted(ideal) if ideal else 0)
        return sum(values) / len(values)


def _discounted(gains):
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


if __name__ == "__main__":
    main(measure)
