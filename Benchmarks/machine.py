"""What the figures were measured on, and what this machine can do at best."""

import datetime, os, pathlib, platform, subprocess, time

import numpy

from report import ROOT


def header():
    lines = [
        "# Benchmark",
        "",
        f"- {datetime.date.today()}, commit {_output('git', 'describe', '--always', '--dirty')}",
        f"- {_field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores, {_memory():.0f} GB",
        f"- {_release()}, Linux {platform.release()}, {_output('swift', '--version').splitlines()[0]}",
        "- Us and the peers in turns, in one run; ratios are medians over the rounds. Load average at the start: "
        f"{os.getloadavg()[0]:.1f}",
    ]
    return "\n".join(lines) + "\n"


def read_bandwidth(megabytes=512, repeats=5):
    """Bytes a second that one thread reads from memory."""
    block = numpy.ones(megabytes * 262_144, dtype=numpy.float32)
    return block.nbytes / min(_seconds(lambda: numpy.dot(block, block)) for _ in range(repeats))


def matrix_peak(multiply, rows=512, width=384, inner=1536, repeats=300):
    """Floating point operations a second of a matrix product in 32 bits, of the shape that the transformer multiplies.

    The best of many: `multiply` takes two matrices.
    """
    left, right = numpy.ones((rows, inner), numpy.float32), numpy.ones((inner, width), numpy.float32)
    return 2 * rows * width * inner / min(_seconds(lambda: multiply(left, right)) for _ in range(repeats))


def _seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _output(*command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()


def _field(file, name):
    for line in pathlib.Path(file).read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"


def _memory():
    return int(_field("/proc/meminfo", "MemTotal").split()[0]) / 1_048_576


def _release():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
