"""Approximate search with a graph (HNSW, M 16, built with a beam of 200), one thread, at equal recall."""

import os, time

import faiss
import hnswlib
import numpy
import usearch.index

import corpus
from report import Table, main, ratio, version
from roost import Paced

K = 10
NEIGHBOURS, BUILDING = 16, 200

# The peers may build on every core, so that waiting for them ends; all search on one thread.
BUILDERS = os.cpu_count() or 1
WIDTHS = [16, 24, 32, 48, 64, 96, 128, 192]
SHARES = [0.5, 0.1, 0.01]
RECALLS = [0.975, 0.99]


def measure(options):
    table = Table("HNSW over sentence embeddings, M 16, k 10, one thread")
    for rows in [10_000] if options.quick else [15_000, 100_000]:
        _measure(options, table, rows)
    return table


def _measure(options, table, wanted):
    queries = 300 if options.quick else 1_000
    file, vectors = corpus.vectors(options, wanted + queries)
    rows, questions = vectors[:-queries], vectors[-queries:]
    truth = _truth(rows, questions)
    peers = {peer.name: peer for peer in _peers(rows, options)}
    output = options.work / "found.i32"
    arguments = ["hnsw", "--vectors", file, "--queries", queries, "--widths", ",".join(map(str, WIDTHS))]
    curves = {name: [] for name in ["Roost", *peers]}
    with Paced(options, *arguments, "--output", output) as paced:
        reports = paced.round()
        found = numpy.fromfile(output, dtype=numpy.int32).reshape(len(WIDTHS), -1, K)
        recalls = [_recall(truth, answers) for answers in found]
        for _ in range(2 if options.quick else 5):
            curves["Roost"].append([(recall, report["rate"]) for recall, report in zip(recalls, paced.round(), strict=True)])
            for name, peer in peers.items():
                curves[name].append([_point(peer, width, questions, truth) for width in WIDTHS])
    for recall in RECALLS:
        _compare(table, f"{len(rows):,} rows, queries/s at recall@10 {recall}", recall, curves)
    times = ", ".join(f"{name} {peer.seconds:.1f} s" for name, peer in peers.items())
    table.note(f"Building over {len(rows):,} rows: Roost {reports[0]['build_s']:.1f} s on one thread; on {BUILDERS}: {times}.")
    _filtered(options, table, file, rows, questions, next(peer for peer in peers.values() if isinstance(peer, Faiss)))


def _compare(table, work, recall, curves):
    rates = {name: [_rate_at(recall, curve) for curve in rounds] for name, rounds in curves.items()}
    ours = rates.pop("Roost")
    if None in ours or not (rates := {name: values for name, values in rates.items() if None not in values}):
        return table.note(f"{work}: not reached by all with beams of {WIDTHS[0]} to {WIDTHS[-1]}.")
    medians = {name: float(numpy.median(values)) for name, values in rates.items()}
    best = max(medians, key=medians.get)
    gain = 1 / ratio(rates[best], ours)
    peers = "; ".join(f"{name} {rate:,.0f}" for name, rate in sorted(medians.items(), key=lambda item: -item[1]))
    mine = float(numpy.median(ours))
    table.add(work, f"{mine:,.0f}", peers, gain, "≥ 1.5 × the best", gain >= 1.5, {"roost": mine} | medians)


def _filtered(options, table, file, rows, questions, peer):
    output = options.work / "found.i32"
    shares = ",".join(map(str, SHARES))
    arguments = ["hnsw", "--vectors", file, "--queries", len(questions), "--shares", shares, "--output", output]
    with Paced(options, *arguments) as paced:
        reports = paced.round()
        found = numpy.fromfile(output, dtype=numpy.int32).reshape(len(SHARES), -1, K)
        for index, share in enumerate(SHARES):
            passing = numpy.flatnonzero(_passes(len(rows), share))
            truth = [set(passing[best]) for best in map(sorted, _truth(rows[passing], questions))]
            recall = _recall(truth, found[index])
            ours, theirs, answers = [], [], None
            for _ in range(3):
                ours.append(paced.round()[index]["rate"])
                answers, rate = peer.filtered(questions, passing, width=64)
                theirs.append(rate)
            full = int((found[index] >= 0).all(axis=1).sum())
            table.add(
                f"{len(rows):,} rows, {share:.0%} pass a filter, queries/s",
                f"{numpy.median(ours):,.0f} at recall {recall:.3f}, {full} of {len(questions)} full",
                f"{peer.name} {numpy.median(theirs):,.0f} at recall {_recall(truth, answers):.3f}",
                1 / ratio(theirs, ours),
                "recall ≥ .95, full k",
                bool(recall >= 0.95 and full == len(questions)),
                {"recall": recall, "rate": float(numpy.median(ours)), "p50_ms": reports[index]["p50_ms"]},
            )


def _passes(rows, share):
    """The same rows that `roost bench --shares` lets pass."""
    hashed = numpy.arange(rows, dtype=numpy.uint64) * 2_654_435_761 % 2**32
    return hashed < int(share * 2**32)


def _truth(rows, questions):
    flat = faiss.IndexFlatIP(corpus.DIMENSIONS)
    flat.add(rows)
    return [set(best) for best in flat.search(questions, K)[1].tolist()]


def _recall(truth, answers):
    return sum(len(best & set(answer)) for best, answer in zip(truth, answers.tolist(), strict=True)) / sum(map(len, truth))


def _point(peer, width, questions, truth):
    start = time.perf_counter()
    answers = peer.search(questions, width)
    return _recall(truth, answers), len(questions) / (time.perf_counter() - start)


def _rate_at(recall, curve):
    """Between two measured points of the curve; None outside of it."""
    curve = sorted(curve)
    for (low, fast), (high, slow) in zip(curve, curve[1:]):
        if low <= recall <= high:
            share = (recall - low) / (high - low) if high > low else 0
            return fast + (slow - fast) * share
    return None


def _peers(rows, options):
    yield Faiss("faiss HNSW", lambda: faiss.IndexHNSWFlat(corpus.DIMENSIONS, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT), rows)
    quantizer = faiss.ScalarQuantizer.QT_8bit
    yield Faiss(
        "faiss HNSW-SQ8",
        lambda: faiss.IndexHNSWSQ(corpus.DIMENSIONS, quantizer, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT),
        rows,
    )
    yield Hnswlib(rows)
    if len(rows) <= 20_000 and not options.quick:
        yield Usearch(rows)


class Faiss:
    """Searches in batches: less overhead for them than a call from Python for each query."""

    def __init__(self, kind, make, rows):
        self.name = f"{kind} ({version('faiss-cpu')})"
        start = time.perf_counter()
        faiss.omp_set_num_threads(BUILDERS)
        self.index = make()
        self.index.hnsw.efConstruction = BUILDING
        self.index.train(rows)
        self.index.add(rows)
        faiss.omp_set_num_threads(1)
        self.seconds = time.perf_counter() - start

    def search(self, questions, width):
        self.index.hnsw.efSearch = width
        return self.index.search(questions, K)[1]

    def filtered(self, questions, passing, width):
        """Answers and queries a second when only the rows `passing` may be found."""
        bits = numpy.zeros(self.index.ntotal, dtype=bool)
        bits[passing] = True
        selector = faiss.IDSelectorBitmap(numpy.packbits(bits, bitorder="little"))
        parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=width)
        start = time.perf_counter()
        answers = self.index.search(questions, K, params=parameters)[1]
        return answers, len(questions) / (time.perf_counter() - start)


class Hnswlib:
    name = version("hnswlib")

    def __init__(self, rows):
        start = time.perf_counter()
        self.index = hnswlib.Index("ip", corpus.DIMENSIONS)
        self.index.init_index(len(rows), M=NEIGHBOURS, ef_construction=BUILDING)
        self.index.add_items(rows, num_threads=BUILDERS)
        self.index.set_num_threads(1)
        self.seconds = time.perf_counter() - start

    def search(self, questions, width):
        self.index.set_ef(width)
        return self.index.knn_query(questions, K)[0].astype(numpy.int64)


class Usearch:
    name = version("usearch")

    def __init__(self, rows):
        start = time.perf_counter()
        self.index = usearch.index.Index(
            ndim=corpus.DIMENSIONS, metric="ip", dtype="f32", connectivity=NEIGHBOURS, expansion_add=BUILDING
        )
        self.index.add(numpy.arange(len(rows)), rows, threads=BUILDERS)
        self.seconds = time.perf_counter() - start

    def search(self, questions, width):
        self.index.expansion_search = width
        return self.index.search(questions, K, threads=1).keys.astype(numpy.int64)


if __name__ == "__main__":
    main(measure)
