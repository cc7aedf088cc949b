"""A tree of built programs (bin/, lib/), and what they need of the machine to start.

The tree is what tools/bundle makes, or a build folder.
"""

import json
import os
import pathlib
import re
import shutil
import sys

from gpu_check.command import run

CUDA_LIBRARY = "liblimpid_cuda.so"


class Tree:
    """Paths in the tree, and the environment its programs are run in."""

    def __init__(self, root, source, weights=None):
        """`source` is the folder that holds tools/ and bench/: in a bundle, the same."""
        self.root = pathlib.Path(root).resolve()
        self.source = pathlib.Path(source).resolve()
        self.weights = pathlib.Path(weights).resolve() if weights else self._own_weights()
        self.environment = dict(os.environ)
        if self.weights:
            self.environment["LIMPID_WEIGHTS"] = str(self.weights)
        folders = cuda_folders(self.missing_libraries())
        if folders:
            before = os.environ.get("LD_LIBRARY_PATH")
            self.environment["LD_LIBRARY_PATH"] = os.pathsep.join(folders + ([before] if before else []))

    def program(self, name):
        return self.root / "bin" / name

    def has(self, name):
        return os.access(self.program(name), os.X_OK)

    def gpu_tests(self):
        """Names of the test programs that need a device, in order."""
        return sorted(path.name for path in (self.root / "bin").glob("gpu_*test") if os.access(path, os.X_OK))

    def manifest(self):
        """What tools/bundle wrote down; empty for a build folder."""
        try:
            return json.loads((self.root / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def missing_libraries(self):
        """Sonames that the CUDA library's dependencies lack in the environment as it is now."""
        library = self.root / "lib" / CUDA_LIBRARY
        if not library.exists():
            return []
        finished = run(["ldd", library], 20, self.environment)
        return re.findall(r"^\s*(\S+) => not found", finished.output, re.MULTILINE)

    def resolved_library(self, stem):
        """Path of the CUDA library's dependency whose name begins with `stem`, or None."""
        finished = run(["ldd", self.root / "lib" / CUDA_LIBRARY], 20, self.environment)
        found = re.search(rf"^\s*{re.escape(stem)}\S* => (/\S+)", finished.output, re.MULTILINE)
        return found and found.group(1)

    def _own_weights(self):
        """Those a bundle carries, ImageNet's first; None leaves the choice to limpid."""
        if os.environ.get("LIMPID_WEIGHTS"):
            return pathlib.Path(os.environ["LIMPID_WEIGHTS"]).resolve()
        for name in ("bvlc_googlenet.h5", "default.h5"):
            path = self.root / "share" / "limpid" / name
            if path.exists():
                return path
        return None


def cuda_folders(sonames):
    """Folders to search for these CUDA libraries: of toolkits first, then of Python's packages.

    All of a place's folders are returned once one of them holds a wanted library: cuDNN loads others by itself.
    """
    wanted = set(sonames)
    chosen = []
    for place in (_toolkit_folders(), _package_folders()):
        held = {soname for soname in wanted for folder in place if (folder / soname).exists()}
        if held:
            chosen += [str(folder) for folder in place]
            wanted -= held
    return chosen


def _toolkit_folders():
    roots = [pathlib.Path(os.environ[name]) for name in ("CUDA_HOME", "CUDA_PATH") if os.environ.get(name)]
    nvcc = shutil.which("nvcc")
    if nvcc:
        roots.append(pathlib.Path(nvcc).resolve().parent.parent)
    roots += sorted(pathlib.Path("/usr/local").glob("cuda*"), reverse=True)
    folders = [root / part for root in roots for part in ("lib64", "lib", "targets/x86_64-linux/lib")]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _package_folders():
    entries = [pathlib.Path(entry) for entry in dict.fromkeys(sys.path) if entry]
    return [folder for entry in entries for folder in sorted(entry.glob("nvidia/*/lib")) if folder.is_dir()]
