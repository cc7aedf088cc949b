#!/usr/bin/env python3
"""Stands in for every program tools/gpu-check runs; which one, its own name tells.

$STUB_FAULTS, a comma-separated list, makes some of them misbehave: see the uses of `fault`.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

NAME = pathlib.Path(sys.argv[0]).name
ARGUMENTS = sys.argv[1:]


def fault(name):
    return name in os.environ.get("STUB_FAULTS", "").split(",")


def value_of(option):
    return ARGUMENTS[ARGUMENTS.index(option) + 1]


def nvidia_smi():
    if fault("no-driver"):
        sys.exit("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")
    if "-L" in ARGUMENTS:
        print("GPU 0: NVIDIA Stub (UUID: GPU-0)")
    else:
        print("NVIDIA Stub, 580.00, 9.0, 143771, 4, 345, 1980, 3201, 3201, 700.00, 30")


def gtest():
    if fault("hang"):
        # A child that would outlive its parent, and holds its output.
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "gpu-check-orphan"])
        time.sleep(600)
    if fault("crash"):
        os.abort()
    cases = [{"name": "Passes", "result": "COMPLETED"}, {"name": "Skips", "result": "SKIPPED"}]
    if fault("case-fails") and NAME == "gpu_test":
        cases.append({"name": "Fails", "result": "COMPLETED", "failures": [{"failure": "1 != 2"}]})
    if fault("all-skipped"):
        cases = cases[1:]
    output = next(option for option in ARGUMENTS if option.startswith("--gtest_output=json:"))
    report = {"testsuites": [{"name": "Stub", "testsuite": cases}]}
    pathlib.Path(output.partition(":")[2]).write_text(json.dumps(report), encoding="utf-8")
    sys.exit(any("failures" in case for case in cases))


def sanitizer():
    program = next(index for index, argument in enumerate(ARGUMENTS) if argument.startswith("/"))
    code = subprocess.run(ARGUMENTS[program:], check=False).returncode
    if fault("race") and value_of("--tool") == "racecheck":
        print("========= RACECHECK SUMMARY: 3 hazards displayed (3 errors, 0 warnings)")
        code = int(value_of("--error-exitcode"))
    sys.exit(code)


def render():
    picture = str(time.time_ns()) if fault("differs") else "picture"
    pathlib.Path(value_of("-o")).write_text(picture, encoding="utf-8")


def grid():
    precision = value_of("--precision") if "--precision" in ARGUMENTS else "fp16"
    factor = {"fp16": 0.9 if fault("fp16-low") else 0.999, "bf16": float("nan") if fault("bf16-nan") else 1.001}
    targets = ARGUMENTS[1 : ARGUMENTS.index("--steps")]
    for target in targets:
        layer, _, channels = target.partition(":")
        first, last = map(int, channels.split("-"))
        for channel in range(first, last + 1):
            value = (10 + channel) * factor.get(precision, 1.0)
            print(json.dumps({"event": "tile", "objective": f"{layer}:{channel}", "value": value}))
    print(json.dumps({"event": "done", "seconds": 0.01, "devices": []}))
    if "--no-sheet" not in ARGUMENTS:
        sheet = value_of("--shard") if fault("slots-differ") else "sheet"
        pathlib.Path(value_of("-o") + ".png").write_text(sheet, encoding="utf-8")


def bench():
    if fault("bench-fails") and value_of("--precisions") == "bf16":
        sys.exit("limpid: no bf16 today")
    batches = value_of("--batches").split(",")
    job = {"layer": value_of("--layers"), "size": 224, "precision": value_of("--precisions")}
    results = [{**job, "batch": int(batch), "image_steps_per_second": 1000.0 * int(batch)} for batch in batches]
    pathlib.Path(value_of("--json")).write_text(json.dumps({"results": results}), encoding="utf-8")


def tune():
    if fault("tune-fails"):
        sys.exit("limpid tune: no cache")
    if fault("tune-slow"):
        time.sleep(600)
    cache = pathlib.Path(os.environ["LIMPID_CACHE"])
    cache.mkdir(exist_ok=True)
    (cache / "plans.json").write_text("{}", encoding="utf-8")


def limpid():
    if ARGUMENTS == ["--version"]:
        if fault("no-start"):
            sys.exit("bin/limpid: /lib/libc.so.6: version `GLIBC_2.99' not found (required by bin/limpid)")
        print("limpid 0.1.0")
    else:
        {"render": render, "grid": grid, "bench": bench, "tune": tune}[ARGUMENTS[0]]()


{"nvidia-smi": nvidia_smi, "compute-sanitizer": sanitizer, "limpid": limpid}.get(NAME, gtest)()
