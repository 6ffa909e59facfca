"""A session's vectors below the socket: upload and exact search, one thread, and the memory of many sessions."""

import faiss
import numpy
import usearch.index

import corpus, exact, machine
from report import Table, main, milliseconds, percentile, ratio, version
from roost import Paced

K = exact.K
GOALS = {10_000: 0.2, 100_000: 3.0}
UPLOAD = "session, upload"


def measure(options):
    faiss.omp_set_num_threads(1)
    table = Table("Session vectors, 384 dimensions, k 10, one thread")
    for rows in [1_000, 10_000] if options.quick else [1_000, 10_000, 100_000]:
        _measure(options, table, rows)
    _memory(options, table)
    return table


def _measure(options, table, wanted):
    queries = max(1, min(300 if options.quick else 1_000, wanted // 9))
    _, vectors = corpus.vectors(options, wanted + queries)
    file = options.work / f"session-{wanted}.f32"
    vectors.tofile(file)
    rows, questions = vectors[:-queries], vectors[-queries:]
    flat = faiss.IndexFlatIP(corpus.DIMENSIONS)
    flat.add(rows)
    output = options.work / "found.i32"
    ours, flats, plains, exacts = {}, [], [], []
    bandwidths = [machine.read_bandwidth()]
    with Paced(options, "session", "--vectors", file, "--queries", queries, "--output", output) as paced:
        paced.round()
        for _ in range(5):
            for report in paced.round():
                ours.setdefault(report["subject"], []).append(report["p50_ms"])
            flats.append(percentile(exact.flat_times(flat, questions), 0.5))
            plains.append(percentile(exact.plain_times(rows, questions[:100]), 0.5))
            exacts.append(percentile(_usearch_times(rows, questions[:100]), 0.5))
            bandwidths.append(machine.read_bandwidth(repeats=2))
    search = percentile(ours["session, search"], 0.5)
    gain = ratio(flats, ours["session, search"])
    goal = GOALS.get(wanted)
    table.add(
        f"{len(rows):,} rows, a search",
        f"p50 {milliseconds(search)}",
        f"{version('faiss-cpu')} IndexFlatIP {milliseconds(percentile(flats, 0.5))}; "
        f"{version('usearch')} exact {milliseconds(percentile(exacts, 0.5))}; "
        f"{version('numpy')} {milliseconds(percentile(plains, 0.5))}",
        gain,
        f"≤ {goal:g} ms, ≥ 3 × faiss" if goal else "–",
        gain >= 3 and search <= goal * len(rows) / wanted if goal else None,
        {"roost_ms": search, "faiss_ms": percentile(flats, 0.5), "rows": len(rows)},
    )
    for subject, times in ours.items():
        if subject not in (UPLOAD, "session, search"):
            table.add(f"{len(rows):,} rows, {subject.removeprefix('session, ')}", f"p50 {milliseconds(percentile(times, 0.5))} each")
    if wanted == 10_000:
        upload = percentile(ours[UPLOAD], 0.5)
        table.add("upload of 1,000 vectors, without parsing", f"p50 {milliseconds(upload)}", goal="≤ 5 ms", met=upload <= 5)
    found = numpy.fromfile(output, dtype=numpy.int32).reshape(-1, K)
    table.note(f"{exact.exact_answers(rows, questions, found)} of {len(found)} answers over {len(rows):,} rows are exact.")
    # A row is read as one byte a number, a scale and an error.
    scanned = len(rows) * (corpus.DIMENSIONS + 8) / (search / 1e3)
    bandwidth = percentile(bandwidths, 0.5)
    table.note(
        f"The scan of {len(rows):,} rows reads {scanned / 1e9:.1f} GB/s, {scanned / bandwidth:.0%} of the "
        f"{bandwidth / 1e9:.1f} GB/s at which one thread streams from memory; over 100 % the rows come from a cache."
    )


def _usearch_times(rows, questions):
    def search(question):
        usearch.index.search(rows, question, K, usearch.index.MetricKind.Cos, exact=True, threads=1)

    return exact.timed(search, questions)


def _memory(options, table):
    sessions, rows = (20, 5_000) if options.quick else (200, 5_000)
    with Paced(options, "sessions", "--sessions", sessions, "--rows", rows) as paced:
        (report,) = paced.round()
    seconds = report["returned_s"]
    table.add(
        f"{sessions} sessions of {rows:,} vectors: memory, and closed",
        f"{report['open_mb']:,.0f} MB, {report['bytes_a_row']:,} bytes a row; "
        + ("not back in ten seconds" if seconds is None else f"back within 5 % after {seconds:g} s"),
        goal="back within 5 % in 10 s",
        met=seconds is not None,
        values=report,
    )


if __name__ == "__main__":
    main(measure)
