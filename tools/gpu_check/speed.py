"""limpid's convolutions chosen for the card, its own benchmark, and the same job in PyTorch."""

import importlib.util
import json
import os
import shlex
import sys

from gpu_check.phase import CannotRun
from gpu_check.results import PRECISIONS

# Whole layers, which nothing is pruned for, and the channel whose time alone is quoted.
LAYERS = ("mixed4a", "mixed4e", "mixed5b", "mixed4a:11")
BATCHES = (1, 16, 64, 256)
SIZE = 224
# Throughput, then one picture alone; torch.compile takes half a minute for each.
PEERS_JOBS = (("mixed4a:11,mixed5b:11", 64), ("mixed4a:11", 1))


# What tuning is for, the most used first: time may run out.
TUNED_BATCHES = (64, 1, 256, 16)
SECONDS_TO_END = 2


def run_tune(phase):
    """`limpid tune` for the deepest layer, which the others' convolutions are among, for as long as there is time.

    The program keeps every choice as it is made, so that being stopped costs only what was not yet measured.
    """
    phase.details["complete"] = []
    for batch in TUNED_BATCHES:
        seconds = phase.seconds_left() - SECONDS_TO_END
        if seconds <= 0:
            return
        job = ["tune", "mixed5b", "--size", SIZE, "--batch", batch, "--precision", PRECISIONS[0], "--device", "cuda"]
        finished = phase.run([phase.tree.program("limpid"), *job], seconds)
        if finished.code is None:
            return
        if phase.expect(finished.code == 0, f"limpid tune, batch {batch}: {finished.verdict()}"):
            phase.details["complete"].append(batch)


def run_bench(phase):
    """`limpid bench`, a precision and a layer at a time, so that what was measured before time ran out is kept."""
    phase.details["results"] = []
    for precision in PRECISIONS:
        for layer in LAYERS:
            path = phase.folder / "bench.json"
            batches = ",".join(map(str, BATCHES))
            job = ["bench", "--layers", layer, "--sizes", SIZE, "--batches", batches, "--precisions", precision]
            effort = ["--repeats", 3, "--seconds", 0.2]
            if precision != PRECISIONS[0]:
                effort.append("--no-operations")
            if phase.limpid(*job, *effort, "--json", path):
                phase.details["results"] += json.loads(path.read_text(encoding="utf-8"))["results"]


def run_peers(phase):
    """bench/compare: limpid, PyTorch as an expert writes it and as lucent does it, in one call for each job."""
    if importlib.util.find_spec("torch") is None:
        raise CannotRun(f"{sys.executable} has no torch")
    phase.details["results"] = []
    for layers, batch in PEERS_JOBS:
        compare_with_peers(phase, layers, batch)


def limpid_alone(phase):
    """A script that runs limpid with the CUDA libraries chosen for it, which PyTorch, that has its own, must not see."""
    chosen = [f"{name}={phase.tree.environment.get(name, '')}" for name in ("LD_LIBRARY_PATH", "LIMPID_CACHE")]
    script = phase.folder / "limpid"
    command = shlex.join(["env", *chosen, str(phase.tree.program("limpid"))])
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


def compare_with_peers(phase, layers, batch):
    path = phase.folder / f"peers-{batch}.json"
    job = ["--jobs", "throughput", "--device", "cuda", "--layers", layers, "--batches", batch, "--repeats", 3]
    programs = ["--python", sys.executable, "--limpid", limpid_alone(phase)]
    command = [sys.executable, phase.tree.source / "bench" / "compare", *job, *programs, "-o", path]
    try:
        finished = phase.run(command, environment=os.environ)
        phase.expect(finished.code == 0, f"bench/compare, batch {batch}: {finished.verdict()}")
    finally:
        # compare writes after every program: what it has is kept when time runs out.
        results = json.loads(path.read_text(encoding="utf-8")).get("results", []) if path.exists() else []
        phase.details["results"] += results
        for result in results:
            where = f"{result['program']}, {result['layer']}, batch {result['batch']}, {result['precision']}"
            phase.expect("error" not in result, f"{where}: {result.get('error')}")
