"""Exact search over sentence embeddings, one thread."""

import time

import faiss
import numpy

import corpus, machine
from report import Table, main, milliseconds, percentile, ratio, version
from roost import Paced

K = 10
GOALS = {10_000: 0.2, 100_000: 3.0}


def measure(options):
    faiss.omp_set_num_threads(1)
    table = Table("Exact search, 384 dimensions, k 10, one thread")
    for rows in [10_000] if options.quick else [10_000, 100_000]:
        _measure(options, table, rows)
    return table


def _measure(options, table, wanted):
    queries = 300 if options.quick else 1_000
    file, vectors = corpus.vectors(options, wanted + queries)
    rows, questions = vectors[:-queries], vectors[-queries:]
    flat = faiss.IndexFlatIP(corpus.DIMENSIONS)
    flat.add(rows)
    output = options.work / "found.i32"
    ours, theirs, plain, tails = [], [], [], []
    with Paced(options, "exact", "--vectors", file, "--queries", queries, "--output", output) as paced:
        paced.round(), flat_times(flat, questions)
        for _ in range(5):
            (report,) = paced.round()
            ours.append(report["p50_ms"])
            tails.append(report["p99_ms"])
            theirs.append(percentile(flat_times(flat, questions), 0.5))
            plain.append(percentile(plain_times(rows, questions[:100]), 0.5))
    best, goal = percentile(ours, 0.5), GOALS[wanted]
    gain = ratio(theirs, ours)
    table.add(
        f"{len(rows):,} rows, a query",
        f"p50 {milliseconds(best)}, p99 {milliseconds(percentile(tails, 0.5))}",
        f"{version('faiss-cpu')} IndexFlatIP {milliseconds(percentile(theirs, 0.5))}; "
        f"{version('numpy')} {milliseconds(percentile(plain, 0.5))}",
        gain,
        f"≤ {goal:g} ms, ≥ 3 × faiss",
        best <= goal * len(rows) / wanted and gain >= 3,
        {"roost_ms": best, "faiss_ms": percentile(theirs, 0.5), "rows": len(rows)},
    )
    found = numpy.fromfile(output, dtype=numpy.int32).reshape(-1, K)
    table.note(f"{exact_answers(rows, questions, found)} of {len(found)} answers over {len(rows):,} rows are exact.")
    bandwidth = machine.read_bandwidth()
    table.note(
        f"One thread reads {bandwidth / 1e9:.1f} GB/s from memory: {rows.nbytes / bandwidth * 1e3:.2f} ms for these rows as "
        f"floats, {rows.nbytes / 4 / bandwidth * 1e3:.2f} ms as 8-bit codes."
    )


def flat_times(index, questions):
    return timed(lambda question: index.search(question[None], K), questions)


def plain_times(rows, questions):
    return timed(lambda question: numpy.argpartition(rows @ question, -K)[-K:], questions)


def timed(search, questions):
    """The milliseconds of each search."""
    times = []
    for question in questions:
        start = time.perf_counter()
        search(question)
        times.append((time.perf_counter() - start) * 1000)
    return times


def exact_answers(rows, questions, found):
    """How many answers have the highest scores, computed in 64 bits; rows of equal score may stand for each other."""
    exact = 0
    for question, slots in zip(questions.astype(numpy.float64), found, strict=True):
        scores = rows @ question
        least = numpy.partition(scores, -K)[-K]
        exact += len(set(slots)) == K and bool(scores[slots].min() >= least - 1e-6)
    return exact


if __name__ == "__main__":
    main(measure)
