"""What the tests of the Python package begin with: the package of the sources on the library of the build.

Usage of each: NAME_test.py SOURCE_FOLDER LIBRARY PROGRAM. Exits with 77 where numpy is missing.
"""
import os
import pathlib
import signal
import subprocess
import sys
import unittest

SOURCE, LIBRARY, PROGRAM = map(os.path.abspath, sys.argv[1:4])
PACKAGE = pathlib.Path(SOURCE) / "tools/python"
os.environ["LIMPID_LIBRARY"] = LIBRARY
os.environ["LIMPID_WEIGHTS"] = str(pathlib.Path(SOURCE) / "weights/default.h5")
os.environ["PYTHONPATH"] = os.pathsep.join([str(PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])])
sys.path.insert(0, str(PACKAGE))

try:
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import limpid  # noqa: E402

SIDE = 64


def pictures(count=1, seed=0):
    return np.random.default_rng(seed).random((count, 3, SIDE, SIDE), dtype=np.float32)


def distance(a, b):
    """Of two arrays of numbers, relative to the second."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def python(code, **environment):
    """What a process of its own makes of it."""
    return subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


def exit_of_a_fork(call):
    """The exit status of a forked child that makes a call: 0, or 1 where that raises; it is killed after a while."""
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            call()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = limpid.Network(device="cpu")

    def assert_error(self, kind, part, call, *arguments, **options):
        """Raises exactly that kind, with one line that says `part`."""
        with self.assertRaises(kind) as caught:
            call(*arguments, **options)
        self.assertIs(type(caught.exception), kind)
        self.assertIn(part, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))


def main():
    unittest.main(argv=sys.argv[:1])
