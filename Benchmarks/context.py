"""Context sessions over HTTP with 10,000 passages of manual pages: what a remote model waits for."""

import corpus
from report import Table, main, milliseconds, percentile
from roost import Client, Server

TURNS = 5


def measure(options):
    rows = 2_000 if options.quick else 10_000
    sessions = 20 if options.quick else 100
    data, _ = corpus.store(options, rows)
    questions = [sentence for sentence in corpus.sentences(options)[-3_000:] if len(sentence) < 160]
    times = {"turn": [], "evaluate": [], "session": []}
    with Server(options, data) as server:
        client = Client(server.port)
        _converse(client, questions[:TURNS], {key: [] for key in times})
        for number in range(1, sessions + 1):
            _converse(client, questions[number * TURNS : (number + 1) * TURNS], times)
        resident, highest = server.memory()
    table = Table(f"Context sessions, {rows:,} passages, warm, over HTTP")
    _row(table, "/context/multi_turn", times["turn"], "200 – 500 ms", 8, 20)
    _row(table, "/feedback/evaluate, 2 gaps, without a model", times["evaluate"], "100 – 300 ms", 10)
    _row(table, "/session/{id}", times["session"], "< 50 ms", 0.5)
    table.note(f"The server's memory afterwards: {resident:.0f} MB, at most {highest:.0f} MB.")
    table.note("The peer's figures are what the system that is replaced claims for itself; it is not measured here.")
    return table


def _converse(client, questions, times):
    """A session of several turns, each with a question of its own, then a report on the answer."""
    body, session = {"context_level": "detailed", "max_tokens": 2000}, None
    for question in questions:
        answer, elapsed = client.request("POST", "/context/multi_turn", body | {"query": question, "session_id": session})
        session = answer["session_id"]
        times["turn"].append(elapsed)
    gaps = [f"Missing details of {' '.join(question.split()[:6])}" for question in questions[:2]]
    report = {"session_id": session, "response": "It is not clear yet.", "confidence": 0.5, "gaps": gaps}
    times["evaluate"].append(client.request("POST", "/feedback/evaluate", report)[1])
    for _ in range(10):
        times["session"].append(client.request("GET", f"/session/{session}")[1])


def _row(table, work, samples, claim, goal, tail=None):
    median, high = percentile(samples, 0.5), percentile(samples, 0.99)
    table.add(
        work,
        f"p50 {milliseconds(median)}, p99 {milliseconds(high)}",
        f"claim: {claim}",
        None,
        f"p50 ≤ {goal:g} ms" + (f", p99 ≤ {tail:g} ms" if tail else ""),
        median <= goal and (tail is None or high <= tail),
        {"p50_ms": median, "p99_ms": high, "n": len(samples)},
    )


if __name__ == "__main__":
    main(measure)
