"""NVIDIA's tools, where they are."""

import glob
import shutil

from gpu_check.phase import CannotRun

PLACES = ("/usr/local/cuda*/bin", "/opt/nvidia/nsight-compute/*")


def find_tool(name):
    """Path of a tool on the PATH, of a toolkit, or of Nsight Compute; the newest of several."""
    found = shutil.which(name)
    for place in PLACES:
        found = found or next(iter(sorted(glob.glob(f"{place}/{name}"), reverse=True)), None)
    if not found:
        raise CannotRun(f"{name} is neither on the PATH nor in {' or '.join(PLACES)}")
    return found
