"""limpid's convolutions chosen for the card, its own benchmark, and the same job in PyTorch."""

import importlib.util
import json
import os
import shlex
import sys

from gpu_check.phase import CannotRun, OutOfTime

# The channels that goals are about, and batches from one picture to what fills the card.
LAYERS = ("mixed4a:11", "mixed5b:7")
BATCHES = (1, 64, 256)
SWEPT_BATCHES = (32, 128, 256, 512)
SIZE = 224
PRECISION = "fp16"
# Of the batches that are measured, the most telling first: time may run out.
TUNED = (("mixed4a:11", 1), ("mixed5b", 64), ("mixed4a:11", 64), ("mixed4a:11", 256), ("mixed5b:7", 256), ("mixed5b:7", 1))
# One candidate that breaks the device ends the program, which passes it over when it is started again.
MOST_BROKEN = 3
PEERS_LAYER, PEERS_BATCH = "mixed4a:11", 64
SECONDS_TO_END = 2


def tune_one(layer, batch):
    """The phase that tunes for one layer and batch."""

    return lambda phase: tune_all(phase, ((layer, batch),))


def run_tune(phase):
    """`limpid tune` for what the benchmark then runs."""
    tune_all(phase, TUNED)


def tune_all(phase, jobs):
    """For as long as there is time; one that ends before the first is complete is out of it."""
    phase.details["asked"] = len(jobs)
    phase.details["complete"] = []
    for layer, batch in jobs:
        if not tune(phase, layer, batch):
            break
    if not phase.details["complete"] and not phase.problems:
        raise OutOfTime


def tune(phase, layer, batch):
    """The program keeps every choice as it is made, so that being stopped costs only what was not yet measured. False when time
    is over."""
    job = ["tune", layer, "--size", SIZE, "--batch", batch, "--precision", PRECISION, "--device", "cuda"]
    for _ in range(MOST_BROKEN):
        seconds = phase.seconds_left() - SECONDS_TO_END
        if seconds <= 0:
            return False
        finished = phase.run([phase.tree.program("limpid"), *job], seconds)
        if finished.code is None:
            return False
        if finished.code == 0:
            phase.details["complete"].append(f"{layer} at batch {batch}")
            return True
        if "passed over from now on" not in finished.errors:
            break
        phase.details.setdefault("passed_over", []).append(finished.last_line()[:300])
    phase.problems.append(f"limpid tune {layer}, batch {batch}: {finished.verdict()}")
    return True


def bench(label, layers=LAYERS, batches=BATCHES):
    """The phase that runs `limpid bench`, a layer and batch at a time, so that what was measured before time ran out is kept."""

    def work(phase):
        phase.details["results"] = []
        for batch in batches:
            for layer in layers:
                measure(phase, label, layer, batch)

    return work


def sweep(phase):
    phase.details["results"] = []
    for batch in SWEPT_BATCHES:
        for layer in LAYERS:
            measure(phase, "sweep", layer, batch)


def measure(phase, label, layer, batch):
    path = phase.folder / "bench.json"
    job = ["bench", "--layers", layer, "--sizes", SIZE, "--batches", batch, "--precisions", PRECISION]
    effort = ["--repeats", 3, "--seconds", 0.1]
    # Each operation's own time is asked for once, where the batch fills the card.
    if batch != 64:
        effort.append("--no-operations")
    if phase.limpid(*job, *effort, "--json", path) is None:
        return
    report = json.loads(path.read_text(encoding="utf-8"))
    phase.details.setdefault("ceilings", report.get("ceilings"))
    phase.details["results"] += [{"program": f"limpid, {label}", **result} for result in report["results"]]


def run_peers(phase):
    """bench/compare: limpid, PyTorch as an expert writes it and as lucent does it, in one call for each job."""
    if importlib.util.find_spec("torch") is None:
        raise CannotRun(f"{sys.executable} has no torch")
    phase.details["results"] = []
    compare_with_peers(phase, PEERS_LAYER, PEERS_BATCH)


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
    job = ["--jobs", "throughput", "--device", "cuda", "--layers", layers, "--batches", batch, "--repeats", 2]
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
