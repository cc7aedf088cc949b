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
        print("NVIDIA H200 Stub, 580.00, 9.0, 143771, 4, 345, 1980, 3201, 3201, 700.00, 30")


def gtest():
    print("[==========] Running 3 tests from 1 test suite.", flush=True)

    def case(name, verdict, said=""):
        print(f"[ RUN      ] Stub.{name}\n{said}[{verdict:>9} ] Stub.{name} (12 ms)", flush=True)

    if not fault("all-skipped"):
        case("Passes", "OK", "[ MEASURED ] fp16 mixed4a along: 6.1e-04\n")
    if fault("hang"):
        # A child that would outlive its parent, and holds its output.
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "gpu-check-orphan"])
        print("[ RUN      ] Stub.Hangs", flush=True)
        time.sleep(600)
    if fault("crash"):
        print("[ RUN      ] Stub.Crashes", flush=True)
        os.abort()
    case("Skips", "SKIPPED", "no such precision\n")
    failing = fault("case-fails") and NAME == "gpu_test"
    if failing:
        case("Fails", "FAILED", "ops_test.cpp:7: Failure\n1 != 2\n")
        print("[  FAILED  ] 1 test, listed below:\n[  FAILED  ] Stub.Fails")
    sys.exit(failing)


def sanitizer():
    program = next(index for index, argument in enumerate(ARGUMENTS) if argument.startswith("/"))
    racy = value_of("--tool") == "racecheck"
    if racy and fault(f"{pathlib.Path(ARGUMENTS[program]).name}-is-cut-off"):
        print("========= COMPUTE-SANITIZER\n[ RUN      ] Stub.One\n[       OK ] Stub.One (9 ms)\n[ RUN      ] Stub.Two", flush=True)
        if fault("early-race"):
            print("========= Error: Race reported between Write access and Read access [8 hazards]", flush=True)
            print("=========     Write Thread (0,0,0) at kernel+0x10\n=========", flush=True)
        time.sleep(600)
    code = subprocess.run(ARGUMENTS[program:], check=False).returncode
    if fault("race") and racy:
        print("========= RACECHECK SUMMARY: 3 hazards displayed (3 errors, 0 warnings)")
        code = int(value_of("--error-exitcode"))
    sys.exit(code)


def render():
    differs = fault("differs") or (fault("graph-differs") and "LIMPID_GRAPH" not in os.environ)
    picture = str(time.time_ns()) if differs else "picture"
    pathlib.Path(value_of("-o")).write_text(picture, encoding="utf-8")


def gradient():
    value = 13.5 if fault("value-differs") and value_of("--device") == "cuda" else 12.5
    print(f"mixed4a:11 = {value}; gradient (224 x 224 x 3) in {value_of('-o')}")


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
    if fault("bench-fails") and value_of("--batches") == "256":
        sys.exit("limpid: no memory today")
    batches = value_of("--batches").split(",")
    job = {"layer": value_of("--layers"), "height": 224, "precision": value_of("--precisions")}
    results = [{**job, "batch": int(batch), "image_steps_per_second": 1000.0 * int(batch)} for batch in batches]
    if "KERNEL_TRACE" in os.environ:
        rows = "".join(f"{1000 * i},{1000 * i + 750},7,1,1,1,1,128,32,0,\"kernel {i % 2}\"\n" for i in range(8))
        head = "start_ns,end_ns,graph_node,stream,grid_x,grid_y,grid_z,threads,registers,shared_bytes,name\n"
        pathlib.Path(os.environ["KERNEL_TRACE"]).write_text(head + rows, encoding="utf-8")
        return
    report = {"ceilings": [{"precision": "fp16", "bytes_per_second": 4.3e12}], "results": results}
    pathlib.Path(value_of("--json")).write_text(json.dumps(report), encoding="utf-8")


def tune():
    if fault("tune-fails"):
        sys.exit("limpid tune: no cache")
    broken = pathlib.Path(os.environ["LIMPID_CACHE"]) / "broken"
    if fault("tune-breaks") and not broken.exists():
        broken.parent.mkdir(exist_ok=True)
        broken.touch()
        sys.exit("limpid: layer conv2d2: cudnn eng7 broke the GPU's context; it is passed over from now on: start again")
    cache = pathlib.Path(os.environ["LIMPID_CACHE"])
    if fault("tune-slow") or (fault("tune-slows") and cache.exists()):
        time.sleep(600)
    cache.mkdir(exist_ok=True)
    (cache / "plans.json").write_text("{}", encoding="utf-8")


def limpid():
    if ARGUMENTS == ["--version"]:
        if fault("no-start"):
            sys.exit("bin/limpid: /lib/libc.so.6: version `GLIBC_2.99' not found (required by bin/limpid)")
        print("limpid 0.1.0")
    else:
        commands = {"render": render, "gradient": gradient, "grid": grid, "bench": bench, "tune": tune}
        commands[ARGUMENTS[0]]()


def ncu():
    print("==PROF== Connected to process 1")
    print('"ID","Process ID","Kernel Name","Metric Name","Metric Unit","Metric Value"')
    print('"0","1","lrn_fprop<__half>","Duration","us","12.5"\n"0","1","lrn_fprop<__half>","DRAM Throughput","%","61.2"', flush=True)
    if fault("ncu-hangs"):
        time.sleep(600)


def floors():
    print('{"device": "NVIDIA Stub", "copy_1024_MiB_GB_per_s": 4300, "node_of_1_us": 1.3}')


PROGRAMS = {"nvidia-smi": nvidia_smi, "compute-sanitizer": sanitizer, "limpid": limpid, "ncu": ncu, "limpid_floors": floors}
PROGRAMS.get(NAME, gtest)()
