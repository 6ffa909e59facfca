"""Tables of results: what was measured, of us and of others, side by side."""

import argparse, importlib.metadata, json, os, pathlib, statistics
from dataclasses import asdict, dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclass
class Row:
    """One comparison. `ratio` is how many times better we are than the best peer; `met` says it of the goal."""

    work: str
    ours: str
    peers: str = "–"
    ratio: float | None = None
    goal: str = "–"
    met: bool | None = None
    values: dict = field(default_factory=dict)

    def cells(self):
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f} ×"
        met = {None: "–", True: "yes", False: "**no**"}[self.met]
        return [self.work, self.ours, self.peers, ratio, self.goal, met]


class Table:
    """A group of rows, printed as Markdown."""

    def __init__(self, title):
        self.title = title
        self.rows, self.notes = [], []

    def add(self, *args, **values):
        self.rows.append(Row(*args, **values))

    def note(self, sentence):
        """What the reader should know, as what limits a goal that was missed."""
        self.notes.append(sentence)

    def markdown(self):
        lines = [f"## {self.title}", "", "| work | Roost | peers | ratio | goal | met |", "| --- | --- | --- | --- | --- | --- |"]
        lines += ["| " + " | ".join(row.cells()) + " |" for row in self.rows]
        if self.notes:
            lines += [""] + [f"- {sentence}" for sentence in self.notes]
        return "\n".join(lines) + "\n"

    def json(self):
        return {"title": self.title, "rows": [asdict(row) for row in self.rows], "notes": self.notes}


@dataclass(frozen=True)
class Options:
    """What the person who runs the benchmark asked for."""

    roost: pathlib.Path
    quick: bool
    collections: pathlib.Path | None
    seconds: int | None
    work: pathlib.Path = ROOT / ".build" / "bench"

    @property
    def threads(self):
        """How many threads we and the peers may use in this group."""
        return int(os.environ.get("OMP_NUM_THREADS", "1"))


def main(measure):
    """Runs one group as a program: `measure` takes the options and gives a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--roost", type=pathlib.Path, default=ROOT / ".build" / "release" / "roost")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--collections", type=pathlib.Path)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    options = Options(arguments.roost, arguments.quick, arguments.collections, arguments.seconds)
    options.work.mkdir(parents=True, exist_ok=True)
    table = measure(options)
    print(table.markdown(), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(table.json()))


def version(package):
    """The name of a peer with its version."""
    return f"{package} {importlib.metadata.version(package)}"


def percentile(samples, share):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio(theirs, ours):
    """The median of the rounds' ratios: a machine's speed drifts between rounds, less within one."""
    return statistics.median(their / our for their, our in zip(theirs, ours, strict=True))


def milliseconds(value):
    return f"{value:.3f} ms" if value < 1 else f"{value:.2f} ms" if value < 100 else f"{value:.0f} ms"
