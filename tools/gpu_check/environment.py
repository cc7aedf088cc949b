"""What machine this is."""

import os
import platform
import sys

QUERIES = (
    "name", "driver_version", "compute_cap", "memory.total", "memory.used", "clocks.sm", "clocks.max.sm",
    "clocks.mem", "clocks.max.mem", "power.limit", "temperature.gpu",
)  # fmt: skip
CUDNN_VERSION = "import ctypes, sys; print(ctypes.CDLL(sys.argv[1]).cudnnGetVersion())"


def describe(phase):
    """Names the card, driver and libraries; fails where a CUDA library is missing."""
    details = phase.details
    details["python"] = platform.python_version()
    details["glibc"] = platform.libc_ver()[1]
    details["cores"] = os.cpu_count()
    details["weights"] = phase.tree.weights.name if phase.tree.weights else "limpid's choice"
    details["limpid"] = phase.run([phase.tree.program("limpid"), "--version"]).output.strip()

    finished = phase.run(["nvidia-smi", f"--query-gpu={','.join(QUERIES)}", "--format=csv,noheader,nounits"], 20)
    if phase.expect(finished.code == 0, f"nvidia-smi: {finished.verdict()}"):
        rows = [line.split(", ") for line in finished.output.strip().splitlines()]
        details["gpus"] = [dict(zip(QUERIES, row)) for row in rows]

    missing = phase.tree.missing_libraries()
    phase.expect(not missing, f"not found in any CUDA toolkit or Python package: {', '.join(missing)}")
    cudnn = phase.tree.resolved_library("libcudnn.so")
    if cudnn:
        finished = phase.run([sys.executable, "-c", CUDNN_VERSION, cudnn], 30)
        if phase.expect(finished.code == 0, f"cudnnGetVersion: {finished.verdict()}"):
            details["cudnn"] = int(finished.output)
