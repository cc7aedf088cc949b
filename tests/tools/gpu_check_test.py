#!/usr/bin/env python3
"""tools/gpu-check with stand-ins for the driver's, CUDA's and limpid's programs: what it concludes, and writes down."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STUB = HERE / "gpu_check_stub.py"
sys.path.insert(0, str(ROOT / "tools"))

from gpu_check import phase as phases  # noqa: E402
from gpu_check import tree as trees  # noqa: E402

# All but "peers", which needs PyTorch.
PHASES = "environment,tests,tune,determinism,bench,precision,grid,memcheck,racecheck,initcheck"


class GpuCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tree = self.folder / "tree"
        self.path = self.folder / "path"
        self.out = self.folder / "out"
        self.install(self.tree / "bin", "limpid", "gpu_test", "gpu_engine_test")
        self.install(self.path, "nvidia-smi", "compute-sanitizer")

    def install(self, folder, *names):
        folder.mkdir(parents=True)
        for name in names:
            shutil.copy(STUB, folder / name)
            (folder / name).chmod(0o755)

    def check(self, *options, faults="", phases=PHASES):
        """Runs gpu-check; its exit code and output, and self.report where it wrote one."""
        environment = dict(os.environ, STUB_FAULTS=faults)
        environment["PATH"] = f"{self.path}{os.pathsep}{pathlib.Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin"
        command = [sys.executable, ROOT / "tools" / "gpu-check", "--tree", self.tree, "--out", self.out]
        command += ["--phases", phases, *options]
        finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
        path = self.out / "gpu-check.json"
        self.report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        return finished

    def entry(self, name):
        return next(entry for entry in self.report["phases"] if entry["phase"] == name)

    def assert_only_failed(self, finished, *names):
        """These phases did not pass, all others ran and did."""
        self.assertEqual(finished.returncode, 1, finished.stderr)
        self.assertFalse(self.report["passed"])
        verdicts = {entry["phase"]: entry["verdict"] for entry in self.report["phases"]}
        self.assertEqual(list(verdicts), self.report["selected"])
        self.assertEqual({name for name, verdict in verdicts.items() if verdict != "passed"}, set(names), verdicts)

    def test_everything_passes(self):
        finished = self.check()
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        self.assertTrue(self.report["passed"])
        self.assertEqual([entry["phase"] for entry in self.report["phases"]], PHASES.split(","))
        self.assertEqual(self.entry("environment")["details"]["gpus"][0]["name"], "NVIDIA Stub")
        self.assertEqual(
            self.entry("tests")["details"]["gpu_test"], {"passed": 1, "failed": 0, "skipped": 1, "failures": []}
        )
        self.assertEqual(len(self.entry("bench")["details"]["results"]), 4 * 4 * 4)
        self.assertEqual(len(self.entry("precision")["details"]["objectives"]["fp32"]), 32)
        self.assertEqual((self.out / "summary.txt").read_text(encoding="utf-8"), finished.stdout)
        self.assertIn("10 of 10 phases passed", finished.stdout)
        self.assertEqual(self.entry("tune")["details"]["complete"], [64, 1, 256, 16])
        self.assertIn("gpu_engine_test", (self.out / "gpu-check.log").read_text(encoding="utf-8"))
        found = sorted(path.name for path in self.out.iterdir())
        self.assertEqual(found, ["cache", "gpu-check.json", "gpu-check.log", "summary.txt"])

    def test_without_a_gpu(self):
        for faults, remove in (("no-driver", False), ("", True)):
            if remove:
                (self.path / "nvidia-smi").unlink()
            finished = self.check(faults=faults)
            self.assertEqual(finished.returncode, 2)
            self.assertRegex(finished.stderr, r"\Agpu-check: no NVIDIA GPU answers \(nvidia-smi.*\)\n\Z")
            self.assertIsNone(self.report)

    def test_a_case_that_fails_is_named(self):
        finished = self.check(faults="case-fails")
        self.assert_only_failed(finished, "tests", "memcheck", "racecheck", "initcheck")
        self.assertEqual(self.entry("tests")["problems"], ["gpu_test: 1 failed: Stub.Fails"])
        self.assertIn("Stub.Fails", finished.stdout)

    def test_a_crash_is_a_failure(self):
        self.assert_only_failed(self.check(faults="crash", phases="environment,tests"), "tests")
        self.assertIn("SIGABRT", self.entry("tests")["problems"][0])

    def test_nothing_tested_is_a_failure(self):
        self.assert_only_failed(self.check(faults="all-skipped", phases="environment,tests"), "tests")

    def test_a_missing_program_is_a_failure(self):
        (self.tree / "bin" / "gpu_engine_test").unlink()
        self.assert_only_failed(self.check(), "tests")

    def test_a_hanging_program_costs_its_own_phase_only(self):
        finished = self.check("--minutes", "0.2", faults="hang", phases="environment,tests,grid")
        self.assert_only_failed(finished, "tests")
        self.assertEqual(self.entry("tests")["verdict"], "timed out")
        self.assertLessEqual(self.report["seconds"], 14)
        lines = [path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if readable(path)]
        self.assertFalse([line for line in lines if line.endswith(b"gpu-check-orphan\0")])

    def test_tuning_that_takes_too_long_is_no_failure(self):
        finished = self.check("--minutes", "0.2", faults="tune-slow", phases="tune,grid")
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        self.assertEqual(self.entry("tune")["details"]["complete"], [])

    def test_tuning_that_fails(self):
        self.assert_only_failed(self.check(faults="tune-fails", phases="tune,grid"), "tune")
        self.assertIn("batch 64: exit code 1", self.entry("tune")["problems"][0])

    def test_renders_that_differ(self):
        self.assert_only_failed(self.check(faults="differs", phases="determinism,grid"), "determinism")
        self.assertIn("two renders of one seed differ", self.entry("determinism")["problems"][0])

    def test_slots_that_differ(self):
        self.assert_only_failed(self.check(faults="slots-differ", phases="determinism,grid"), "determinism")
        self.assertIn("other slots", self.entry("determinism")["problems"][0])

    def test_precision_that_costs_too_much(self):
        self.assert_only_failed(self.check(faults="fp16-low", phases="precision,grid"), "precision")
        self.assertAlmostEqual(self.entry("precision")["details"]["fp16"]["mean_ratio"], 0.9)

    def test_not_a_number_does_not_pass(self):
        self.assert_only_failed(self.check(faults="bf16-nan", phases="precision,grid"), "precision")

    def test_what_was_measured_before_a_failure_is_kept(self):
        self.assert_only_failed(self.check(faults="bench-fails", phases="bench,grid"), "bench")
        self.assertEqual(len(self.entry("bench")["details"]["results"]), 3 * 4 * 4)
        self.assertIn("no bf16 today", self.entry("bench")["problems"][0])

    def test_a_race(self):
        finished = self.check(faults="race", phases="memcheck,racecheck,initcheck")
        self.assert_only_failed(finished, "racecheck")
        self.assertIn("3 hazards", finished.stdout + str(self.entry("racecheck")["problems"]))

    def test_programs_that_do_not_start(self):
        finished = self.check(faults="no-start")
        self.assertEqual(finished.returncode, 2)
        self.assertIn("GLIBC_2.99", finished.stderr)
        self.assertIn("build here from source", finished.stderr)

    def test_bad_arguments(self):
        for options in (["--minutes", "0"], ["--minutes", "nan"], ["--weights", "nowhere.h5"], ["--phases", "sleep"]):
            finished = self.check(*options)
            self.assertEqual(finished.returncode, 2, options)
        (self.tree / "bin" / "limpid").unlink()
        self.assertIn("tools/bundle", self.check().stderr)


class Pieces(unittest.TestCase):
    def test_a_phase_that_cannot_run_is_skipped_not_passed(self):
        def work(attempt):
            attempt.details["found"] = 1
            raise phases.CannotRun("no torch")

        with tempfile.TemporaryFile("w") as log:
            entry = phases.attempt(phases.Phase("peers", 1, work, ""), None, None, log, 1)
        self.assertEqual((entry["verdict"], entry["problems"]), ("skipped", ["no torch"]))
        self.assertEqual(entry["details"], {"found": 1})

    def test_cuda_libraries_are_found_in_toolkits_before_packages(self):
        with tempfile.TemporaryDirectory() as name:
            toolkit, package = pathlib.Path(name) / "cuda", pathlib.Path(name) / "site"
            for file in (toolkit / "lib64/libcufft.so.99", package / "nvidia/cudnn/lib/libcudnn.so.99"):
                file.parent.mkdir(parents=True)
                file.touch()
            (package / "nvidia/cufft/lib").mkdir(parents=True)
            sys.path.append(str(package))
            self.addCleanup(sys.path.remove, str(package))
            before = os.environ.get("CUDA_HOME")
            os.environ["CUDA_HOME"] = str(toolkit)
            self.addCleanup(restore, "CUDA_HOME", before)
            folders = trees.cuda_folders(["libcufft.so.99", "libcudnn.so.99"])
            self.assertEqual(trees.cuda_folders(["libnowhere.so.1"]), [])
        wanted = [str(toolkit / "lib64"), str(package / "nvidia/cudnn/lib"), str(package / "nvidia/cufft/lib")]
        self.assertEqual([folder for folder in folders if folder in wanted], wanted)


def readable(path):
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def restore(variable, value):
    if value is None:
        del os.environ[variable]
    else:
        os.environ[variable] = value


if __name__ == "__main__":
    unittest.main()
