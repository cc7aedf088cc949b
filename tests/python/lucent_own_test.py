"""lucent's own tests of its optvis, on lucent and on limpid.lucent.

Exits with 77 where torch or lucent is missing, and where the folder of lucent's tests is neither beside it nor
$LIMPID_LUCENT_TESTS.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from support import PROGRAM, main

try:
    import torch
    from lucent.modelzoo import inceptionv1 as their_inceptionv1
    from lucent.optvis import render as their_render
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

BESIDE = pathlib.Path(their_render.__file__).parents[2] / "tests"
FOLDER = pathlib.Path(os.environ.get("LIMPID_LUCENT_TESTS", BESIDE)) / "optvis"
if not FOLDER.is_dir():
    print("skipped: lucent's own tests are not there: $LIMPID_LUCENT_TESTS names their folder")
    sys.exit(77)


class LucentsOwnTests(unittest.TestCase):
    """On lucent and on limpid.lucent, on the same weights."""

    def outcomes(self, **environment):
        command = [sys.executable, "-B", "-m", "pytest", "-q", "-rA", "-p", "lucent_weights", "-p", "no:cacheprovider",
                   FOLDER, "--ignore", FOLDER / "param/test_gan.py"]  # fmt: skip
        here = os.pathsep.join([str(pathlib.Path(__file__).parent), os.environ["PYTHONPATH"]])
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER.parents[1],
                              env={**os.environ, "PYTHONPATH": here, **environment})  # fmt: skip
        result = {"passed": set(), "other": set()}
        for outcome, test in re.findall(r"^(PASSED|FAILED|ERROR) (\S+)", done.stdout, re.M):
            result["passed" if outcome == "PASSED" else "other"].add(test)
        self.assertTrue(result["passed"], done.stdout[-2000:] + done.stderr[-2000:])
        return result

    def test_what_passes_on_lucent_passes_on_limpid(self):
        with tempfile.TemporaryDirectory() as folder:
            theirs, ours = f"{folder}/lucent.pth", f"{folder}/lucent.h5"
            torch.manual_seed(137)
            torch.save(their_inceptionv1().state_dict(), theirs)
            subprocess.run([PROGRAM, "convert", theirs, ours], check=True, capture_output=True)
            on_lucent = self.outcomes(LUCENT_WEIGHTS=theirs)
            on_limpid = self.outcomes(LUCENT_WEIGHTS=theirs, LUCENT_ON_LIMPID=ours)
        counts = [f"{len(each['passed'])} passed, {len(each['other'])} failed" for each in (on_lucent, on_limpid)]
        print(f"lucent's own tests: on lucent {counts[0]}; on limpid.lucent {counts[1]}")
        self.assertEqual(on_lucent["passed"] - on_limpid["passed"], set())


if __name__ == "__main__":
    main()
