"""Roost as a gateway: what it adds to a provider's own time, how much it takes, and its memory, beside LiteLLM's proxy and a
design that blocks a thread for each request. All stand before the same provider, which says the same few words to everybody."""

import contextlib, resource, statistics, time

import gateways
from chatclient import Caller, streams, wrk
from report import Table, main, milliseconds, percentile, ratio, version

STREAMS, PACE = 500, 50  # at once, and milliseconds between two of their tokens
SLOW = 100  # milliseconds that the provider takes behind the blocking design
LIMIT = 600  # seconds for the many requests after which memory is looked at, unless --seconds says more


def measure(options):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    peer = gateways.LiteLLM.version(options)
    table = Table("A gateway before a provider of chat completions")
    with contextlib.ExitStack() as stack:
        providers = {"m": gateways.provider(), "first": gateways.provider(pace=1), "many": gateways.provider(pace=PACE)}
        for provider in providers.values():
            stack.enter_context(provider)
        # LiteLLM by how many workers it has.
        workers = [1] if options.quick else [1, 2]
        theirs = {count: stack.enter_context(gateways.LiteLLM(options, providers, count)) for count in workers}
        for server in theirs.values():
            _warm(server)
        _first_token(options, table, peer, providers["first"], theirs[1])
        ours = stack.enter_context(gateways.roost(options, providers["m"]))
        _warm(ours)
        _added(options, table, peer, providers["m"], ours, theirs[1])
        _throughput(options, table, peer, providers["m"], ours, theirs)
        _memory(options, table, peer, ours, theirs[1])
        _streams(options, table, peer, providers["many"], theirs[1])
    _blocking(options, table)
    table.note("Callers, gateways and provider share the machine. The provider alone, asked by the same callers, is “direct”.")
    table.note("Roost always asks the provider for a stream, also for callers who want the answer whole; LiteLLM asks as it is asked.")
    return table


def _warm(server):
    """LiteLLM's master listens before its workers are through with starting."""
    deadline = time.monotonic() + 120
    warm = 0
    while warm < 4:
        try:
            caller = Caller(server.port)
            for _ in range(10):
                caller.whole()
                caller.first_token()
            warm += 1
        except (SystemExit, OSError, ValueError, IndexError):
            if time.monotonic() > deadline:
                raise
            warm = 0
            time.sleep(1)


# One caller


def _added(options, table, peer, provider, ours, theirs):
    rounds, count = (2, 100) if options.quick else (5, 400)
    callers = {"direct": Caller(provider.port), "roost": Caller(ours.port), "peer": Caller(theirs.port)}
    _compare(table, peer, "added to a request, 1 client", rounds, count, callers, Caller.whole)


def _first_token(options, table, peer, provider, theirs):
    """The provider says a word every millisecond, so that the first one travels alone."""
    rounds, count = (2, 20) if options.quick else (5, 100)
    with gateways.roost(options, provider) as ours:
        _warm(ours)
        callers = {"direct": Caller(provider.port), "roost": Caller(ours.port), "peer": Caller(theirs.port, "first")}
        _compare(table, peer, "added to the first token, 1 client", rounds, count, callers, Caller.first_token)


def _compare(table, peer, work, rounds, count, callers, ask):
    """In turns: one block of requests to each; what is added is the difference between blocks next to each other."""
    added = {"roost": [], "peer": []}
    direct = []
    for _ in range(rounds):
        times = {name: [ask(caller) for _ in range(count)] for name, caller in callers.items()}
        direct.append(percentile(times["direct"], 0.5))
        for name, parts in added.items():
            parts.append([percentile(times[name], share) - percentile(times["direct"], share) for share in (0.5, 0.99)])
    p50, p99 = _medians(added["roost"])
    other, other99 = _medians(added["peer"])
    table.add(
        work,
        f"p50 {milliseconds(p50)}, p99 {milliseconds(p99)} (direct {milliseconds(statistics.median(direct))})",
        f"{peer}, 1 worker: p50 {milliseconds(other)}, p99 {milliseconds(other99)}",
        other / p50 if p50 > 0 else None,
        "p50 ≤ 0.3 ms, p99 ≤ 2 ms",
        p50 <= 0.3 and p99 <= 2,
        values={"added": added, "direct_p50_ms": direct},
    )


def _medians(rounds):
    return [statistics.median(column) for column in zip(*rounds)]


# Many callers


def _throughput(options, table, peer, provider, ours, theirs):
    seconds, rounds = (1, 1) if options.quick else (3, 3)
    for is_streamed in (False, True):
        for clients in (1, 16, 64):
            rates = {name: [] for name in ("direct", "roost", *theirs)}
            for _ in range(rounds):
                for name, server in [("direct", provider), ("roost", ours), *theirs.items()]:
                    rates[name].append(wrk(server.port, clients, is_streamed, seconds)[0])
            middle = {name: statistics.median(values) for name, values in rates.items()}
            best = max(theirs, key=middle.get)
            gain = ratio(rates["roost"], rates[best])
            table.add(
                f"requests/s, {'streamed' if is_streamed else 'whole'}, {clients} client{'s' if clients > 1 else ''}",
                f"{middle['roost']:,.0f} (direct {middle['direct']:,.0f})",
                f"{peer}, {best} worker{'s' if best > 1 else ''}: {middle[best]:,.0f}",
                gain,
                "≥ 20 ×" if clients > 1 else "–",
                gain >= 20 if clients > 1 else None,
                values={str(name): values for name, values in rates.items()},
            )


def _memory(options, table, peer, ours, theirs):
    """Half of the requests are streamed."""
    first, last, limit = (1_000, 10_000, 4) if options.quick else (10_000, 100_000, options.seconds or LIMIT)
    points = []
    for server in (ours, theirs):
        begin = time.monotonic()
        done, after = 0, []
        for wanted in (first, last):
            while done < wanted and time.monotonic() - begin < limit:
                done += wrk(server.port, 16, False, 1)[1] + wrk(server.port, 16, True, 1)[1]
            after.append((done, _memory_of(server)))
        points.append(after)
    (few, early), (many, late) = points[0]
    (_, _), (their_many, their_late) = points[1]
    table.add(
        f"memory after {many:,} requests",
        f"{late:.0f} MB; {early:.0f} MB after {few:,}",
        f"{peer}, 1 worker: {their_late:.0f} MB after {their_many:,}",
        their_late / late,
        "no growth",
        late <= early * 1.05,
        values={"roost": points[0], "peer": points[1]},
    )


def _memory_of(server):
    memory = server.memory()
    return memory[0] if isinstance(memory, tuple) else memory


def _streams(options, table, peer, provider, theirs):
    patience = 10 if options.quick else 120
    with gateways.roost(options, provider) as ours:
        _warm(ours)
        before = _memory_of(ours)
        direct = streams(provider.port, STREAMS, patience)
        mine = streams(ours.port, STREAMS, patience)
        highest = ours.memory()[1]
        other = streams(theirs.port, STREAMS, patience, "many")
    table.add(
        f"{STREAMS} streams at once, a token every {PACE} ms: complete",
        f"{mine[0]}", f"{peer}, 1 worker: {other[0]}", goal="all", met=mine[0] == STREAMS,
        values={"direct": direct[0], "roost": mine[0], "peer": other[0]},
    )
    p99, base, theirs99 = (percentile(gaps, 0.99) if gaps else float("nan") for _, gaps in (mine, direct, other))
    table.add(
        "added to the time between two of their tokens, p99",
        milliseconds(max(0, p99 - base)), f"{peer}, 1 worker: {milliseconds(max(0, theirs99 - base))}",
        values={"direct_p99_ms": base, "roost_p99_ms": p99, "peer_p99_ms": theirs99},
    )
    table.add(
        "memory for them", f"{highest - before:.1f} MB more than {before:.0f} MB",
        values={"before_mb": before, "highest_mb": highest},
    )


def _blocking(options, table):
    seconds, rounds = (1, 1) if options.quick else (4, 3)
    peer = " on ".join(map(version, ["fastapi", "uvicorn"])) + ", blocking"
    with gateways.provider(think=SLOW) as provider, gateways.roost(options, provider) as ours, gateways.blocking(options, provider) as theirs:
        _warm(ours)
        for clients in (64, 512):
            mine, others = [], []
            for _ in range(rounds):
                mine.append(wrk(ours.port, clients, False, seconds)[0])
                others.append(wrk(theirs.port, clients, False, seconds)[0])
            gain = ratio(mine, others)
            table.add(
                f"requests/s before a provider that takes {SLOW} ms, {clients} clients",
                f"{statistics.median(mine):,.0f}", f"{peer}: {statistics.median(others):,.0f}", gain,
                "≥ 10 ×" if clients > 64 else "–", gain >= 10 if clients > 64 else None,
                values={"roost": mine, "peer": others},
            )


if __name__ == "__main__":
    main(measure)
