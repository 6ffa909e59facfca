"""Real text to search: this machine's manual pages, cut into passages and sentences by Roost, and their vectors.

Everything is made once and kept in .build/bench. What is made depends on the pages that are installed; the tables say how
many rows there were.
"""

import json, pathlib, random, re, shutil

import numpy

import roost
from report import ROOT

MANUALS = pathlib.Path("/usr/share/man")
SECTIONS = "123578"
DIMENSIONS = 384

# As many as give 100,000 different sentences on a system with development packages.
PAGES = 8000


def pages():
    """The English manual pages and our own documents, in an order that is random and always the same."""
    found = sorted(path for section in SECTIONS for path in (MANUALS / f"man{section}").glob("*.gz") if not path.is_symlink())
    random.Random(1).shuffle(found)
    return sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")) + found


def passages(options):
    """Many passages without vectors: the stuff for sentences, and to count how many pages make so many passages."""
    file = options.work / "passages.jsonl"
    if not file.exists():
        keyword = {"ROOST_VECTOR_SEARCH_ENABLED": "false"}
        folder, data = options.work / "pages", options.work / "text"
        _copy(pages()[:PAGES], folder)
        roost.run(options, "index", folder, "--data", data, environment=keyword)
        file.write_text(roost.run(options, "export", "--collection", "codebase-context", "--data", data, environment=keyword))
        shutil.rmtree(data)
    return [json.loads(line) for line in file.read_text().splitlines()]


def store(options, wanted):
    """A data directory with at least so many passages and their vectors, and what making it took.

    With its model the server cuts longer passages than those that were counted without one; pages are added until they
    suffice.
    """
    data, note, folder = (options.work / name for name in (f"store-{wanted}", f"store-{wanted}.json", f"pages-{wanted}"))
    made = json.loads(note.read_text()) if note.exists() else {}
    counted = wanted
    while made.get("passages", 0) < wanted:
        counted = int(counted * 1.02 * (wanted / made["passages"] if made else 1))
        if not made:
            shutil.rmtree(data, ignore_errors=True)
        _copy(_pages_for(passages(options), counted), folder)
        report = json.loads(roost.run(options, "index", folder, "--data", data, "--json"))
        if not report["passages"]:
            raise SystemExit(f"this machine's manual pages make no {wanted:,} passages")
        made = {key: made.get(key, 0) + report[key] for key in ("passages", "seconds")}
        note.write_text(json.dumps(made))
    return data, made


def _pages_for(passages, wanted):
    """The files of the first so many passages."""
    names = dict.fromkeys(passage["fields"]["file"].split(" › ")[0] for passage in passages[: int(wanted * 1.02)])
    by_name = {path.name: path for path in pages()}
    return [by_name[pathlib.Path(name).name] for name in names]


def _copy(files, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)


def sentences(options):
    """Different sentences of 6 to 40 words, in an order that is random and always the same."""
    file = options.work / "sentences.txt"
    if not file.exists():
        found = {}
        for passage in passages(options):
            text = re.sub(r"\s+", " ", passage["fields"]["content"])
            for sentence in re.split(r"(?<=[.!?;:]) ", text):
                if 6 <= sentence.count(" ") + 1 <= 40:
                    found[sentence.strip()] = None
        lines = list(found)
        random.Random(2).shuffle(lines)
        file.write_text("\n".join(lines))
    return file.read_text().split("\n")


def vectors(options, rows):
    """A file of at most so many sentences' vectors, and the vectors."""
    texts = sentences(options)[:rows]
    file = options.work / f"vectors-{len(texts)}.f32"
    if not file.exists():
        source = options.work / "embed.txt"
        source.write_text("\n".join(texts) + "\n")
        partial = file.with_suffix(".part")
        roost.run(options, "bench", "embed", "--texts", source, "--output", partial, "--data", options.work / "data")
        partial.rename(file)
    return file, numpy.fromfile(file, dtype=numpy.float32).reshape(-1, DIMENSIONS)
