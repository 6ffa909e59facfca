"""Runs the groups one after the other, each in a process of its own, and prints each table as soon as it is there."""

import argparse, json, os, pathlib, subprocess, sys, tempfile, time

import machine
from report import ROOT

# Threads that we and the peers get in each group.
GROUPS = {
    "exact": 1,
    "graph": 1,
    "session": 1,
    "sockets": 1,
    "embedding": 2,
    "search": 2,
    "context": 2,
    "health": 1,
    "gateway": 1,
    "footprint": 2,
    "quality": 2,
}


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME,…", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds, to try whether everything works")
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, help="test collections in BEIR's layout, for quality")
    parser.add_argument("--seconds", metavar="N", type=int, help="how long sockets are loaded: 300, with --quick 30; and the gateway: 600")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="also write the results as JSON")
    parser.add_argument("--roost", type=pathlib.Path, default=ROOT / ".build/release/roost", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else [name for name in GROUPS if name != "quality" or arguments.data]
    if unknown := set(names) - set(GROUPS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if "quality" in names and not arguments.data:
        parser.error("quality needs test collections: --data DIR")
    header = machine.header()
    print(header, flush=True)
    start = time.monotonic()
    results = {name: _run(name, arguments) for name in names}
    print(f"Measured in {(time.monotonic() - start) / 60:.1f} minutes.")
    if arguments.json:
        arguments.json.write_text(json.dumps({"header": header.splitlines(), "groups": results}, indent=2, ensure_ascii=False))


def _run(name, arguments):
    """One group's results; None where it failed, which the others need not suffer from."""
    with tempfile.NamedTemporaryFile() as result:
        command = [sys.executable, pathlib.Path(__file__).with_name(f"{name}.py"), "--json", result.name]
        command += ["--roost", arguments.roost.resolve()]
        command += ["--quick"] if arguments.quick else []
        command += ["--seconds", str(arguments.seconds)] if arguments.seconds else []
        command += ["--collections", arguments.data.resolve()] if arguments.data else []
        threads = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], str(GROUPS[name]))
        if subprocess.run(command, env=os.environ | threads).returncode:
            print(f"{name}: could not be measured\n", flush=True)
            return None
        return json.load(result)


main()
