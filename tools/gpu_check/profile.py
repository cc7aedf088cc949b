"""Where the time goes: a timeline of a graph's kernels, Nsight Compute, and what the card's ceilings are."""

import csv
import json
import pathlib
import statistics
import sys

from gpu_check.phase import CannotRun
from gpu_check.tools import find_tool

TRACED_KERNELS = 3000
TRACE_SECONDS = 12
LISTED = 16
METRICS = ("Duration", "DRAM Throughput", "Compute (SM) Throughput", "Achieved Occupancy", "Registers Per Thread")
OWN_KERNELS = "stem_dgrad|bprop_by_warp|Lrn|MaxPool|max_pool|Warp|warp|Update|update|Relu|relu|Seed|seed"
LIBRARY_KERNELS = "fprop|dgrad|conv|gemm|nvjet|xmma|cutlass|nchw|nhwc|fft"


def measure_ceilings(phase):
    """Bandwidth by size, what a node of a graph costs plain, programmatic and forked, a barrier of the whole grid."""
    program = phase.tree.program("limpid_floors")
    if not program.exists():
        raise CannotRun("limpid_floors is not in the tree: it is built where nvcc is")
    finished = phase.run([program])
    if phase.expect(finished.code == 0, f"limpid_floors: {finished.verdict()}"):
        phase.details.update(json.loads(finished.output))


def trace_graph(phase):
    """Every kernel of some steps as they ran in the graph, at batch 1 and 64, by CUPTI."""
    library = _trace_library(phase)
    for batch in (1, 64):
        rows = phase.raw / f"timeline-{batch}.csv"
        variables = {
            "CUDA_INJECTION64_PATH": str(library),
            "KERNEL_TRACE": str(rows),
            "KERNEL_TRACE_LAST": str(TRACED_KERNELS),
        }
        job = ["bench", "--layers", "mixed4a:11", "--batches", batch, "--precisions", "fp16"]
        effort = ["--repeats", 1, "--seconds", 0.02, "--no-operations"]
        if phase.limpid(*job, *effort, seconds=TRACE_SECONDS, **variables) is None:
            continue
        if phase.expect(rows.exists(), "the kernel trace wrote nothing: CUPTI may be of another version"):
            phase.details[f"batch {batch}"] = summarise_timeline(rows)


def summarise_timeline(path):
    """Of the second half of the rows: the time between first start and last end, in which kernels ran, and the longest kernels."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["start_ns"]))
    rows = rows[len(rows) // 2 :]
    if not rows:
        return {"kernels": 0}
    busy, end, by_name = 0, 0, {}
    for row in rows:
        start, stop = int(row["start_ns"]), int(row["end_ns"])
        busy += max(0, stop - max(start, end))
        end = max(end, stop)
        by_name.setdefault(row["name"][:80], []).append((stop - start) / 1e3)
    longest = sorted(by_name.items(), key=lambda item: -sum(item[1]))[:LISTED]
    span = end - int(rows[0]["start_ns"])
    return {
        "kernels": len(rows),
        "span_us": round(span / 1e3, 1),
        "busy_us": round(busy / 1e3, 1),
        "longest": [
            {"name": name, "runs": len(times), "median_us": round(statistics.median(times), 2), "sum_us": round(sum(times), 1)}
            for name, times in longest
        ],
    }


def _trace_library(phase):
    """The one that was built with the tree, else one compiled here against the CUPTI that PyTorch or a toolkit has."""
    packed = phase.tree.root / "lib" / "libkernel_trace.so"
    if packed.exists():
        return packed
    source = phase.tree.source / "bench" / "kernel_trace.cpp"
    roots = [pathlib.Path(root) for root in sorted(_cuda_roots(), reverse=True)]
    for root in roots:
        libraries = sorted(root.glob("lib*/libcupti.so*")) + sorted(root.glob("extras/CUPTI/lib64/libcupti.so*"))
        includes = [path for path in (root / "include", root / "extras" / "CUPTI" / "include") if path.is_dir()]
        if not libraries or not any((path / "cupti.h").exists() for path in includes):
            continue
        library = phase.folder / "libkernel_trace.so"
        options = ["-std=c++17", "-O1", "-shared", "-fPIC", *(f"-I{path}" for path in includes)]
        finished = phase.run(["g++", *options, source, libraries[0], f"-Wl,-rpath,{libraries[0].parent}", "-o", library])
        if finished.code == 0:
            return library
    raise CannotRun("no lib/libkernel_trace.so in the tree, and CUPTI's headers with g++ are not here to make one")


def _cuda_roots():
    roots = {str(path) for path in pathlib.Path("/usr/local").glob("cuda*")}
    for entry in filter(None, sys.path):
        roots.update(str(path) for path in pathlib.Path(entry).glob("nvidia/cu*"))
        roots.update(str(path) for path in pathlib.Path(entry).glob("nvidia/cuda_cupti"))
    return roots


def profile_kernels(which, pattern, most):
    """The phase that lets Nsight Compute look at some kernels of a step at batch 64, operation by operation."""

    def work(phase):
        sections = [part for name in ("SpeedOfLight", "Occupancy", "LaunchStats") for part in ("--section", name)]
        prefix = [find_tool("ncu"), "--clock-control", "none", "--csv", "--page", "details", *sections]
        chosen = ["-k", f"regex:{pattern}", "-c", str(most)]
        job = ["grid", "mixed4a:0-63", "--batch", "64", "--steps", "1", "--no-sheet", "--quiet", "--device", "cuda"]
        command = [*prefix, *chosen, phase.tree.program("limpid"), *job, "-o", phase.folder / "profiled"]
        finished = phase.run(command, environment={**phase.tree.environment, "LIMPID_GRAPH": "0"}, keep=True)
        (phase.raw / f"ncu-{which}.csv").write_text(finished.output, encoding="utf-8")
        phase.details["kernels"] = read_ncu(finished.output)
        phase.expect(phase.details["kernels"], f"ncu: {finished.verdict()}")

    return work


def read_ncu(output):
    """One {"name", metric: value} for each kernel of ncu's CSV, of a run that was ended too."""
    lines = output.splitlines()
    head = next((index for index, line in enumerate(lines) if line.startswith('"ID"')), None)
    if head is None:
        return []
    kernels = {}
    for row in csv.DictReader(lines[head:]):
        if row.get("Metric Name") in METRICS and row.get("Metric Value"):
            kernel = kernels.setdefault(row["ID"], {"name": row["Kernel Name"][:80]})
            kernel[f"{row['Metric Name']} ({row['Metric Unit']})"] = row["Metric Value"].replace(",", "")
    return list(kernels.values())
