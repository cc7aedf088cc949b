"""The package's types by mypy --strict, and a user's program that is typed as strictly: the quickstart.

Exits with 77 where mypy or torch, whose types it looks at, is missing.
"""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import PACKAGE, SOURCE, main

if missing := [name for name in ("mypy", "torch") if importlib.util.find_spec(name) is None]:
    print(f"skipped: {missing[0]} is missing")
    sys.exit(77)


class Types(unittest.TestCase):
    def test_strictly(self):
        quickstart = pathlib.Path(SOURCE, "tools/examples/quickstart.py")
        with tempfile.TemporaryDirectory() as cache:
            for of_what in (["-p", "limpid"], [quickstart]):
                command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, *of_what]
                done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cache,
                                      env={**os.environ, "MYPYPATH": str(PACKAGE)})  # fmt: skip
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    main()
