"""limpid's own benchmark, and the same job in PyTorch."""

import importlib.util
import json
import sys

from gpu_check.phase import CannotRun
from gpu_check.results import PRECISIONS

LAYERS = ("mixed4a", "mixed4e", "mixed5b")
BATCHES = (1, 16, 64, 256)
SIZE = 224


def run_bench(phase):
    """`limpid bench`, a precision and a layer at a time, so that what was measured before time ran out is kept."""
    phase.details["results"] = []
    for precision in PRECISIONS:
        for layer in LAYERS:
            path = phase.folder / f"bench-{layer}-{precision}.json"
            batches = ",".join(map(str, BATCHES))
            job = ["bench", "--layers", layer, "--sizes", SIZE, "--batches", batches, "--precisions", precision]
            if phase.limpid(*job, "--json", path):
                phase.details["results"] += json.loads(path.read_text(encoding="utf-8"))["results"]


def run_peers(phase):
    """bench/compare: limpid, PyTorch as an expert writes it and as lucent does it, in one call."""
    if importlib.util.find_spec("torch") is None:
        raise CannotRun(f"{sys.executable} has no torch")
    path = phase.folder / "peers.json"
    # The batch where throughput is quoted comes before one picture alone: compare keeps what it has when time runs out.
    job = ["--jobs", "throughput", "--device", "cuda", "--rounds", 1, "--layers", ",".join(LAYERS), "--batches", "64,1"]
    programs = ["--python", sys.executable, "--limpid", phase.tree.program("limpid")]
    try:
        finished = phase.run([sys.executable, phase.tree.source / "bench" / "compare", *job, *programs, "-o", path])
        phase.expect(finished.code == 0, f"bench/compare: {finished.verdict()}")
    finally:
        if path.exists():
            phase.details.update(json.loads(path.read_text(encoding="utf-8")))
