#!/usr/bin/env python3
"""tools/gpu-check with stand-ins for the driver's, CUDA's and limpid's programs: what it concludes, and writes down."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STUB = HERE / "gpu_check_stub.py"
sys.path.insert(0, str(ROOT / "tools"))

from gpu_check import claims, plans, tests  # noqa: E402
from gpu_check import phase as phases  # noqa: E402
from gpu_check import tree as trees  # noqa: E402

# All of both plans but "peers", which needs PyTorch.
PHASES = [name for name in plans.every_phase() if name != "peers"]
MOST_FILES = 8


class GpuCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tree = self.folder / "tree"
        self.path = self.folder / "path"
        self.checks = 0
        self.install(self.tree / "bin", "limpid", "gpu_test", "gpu_engine_test", "limpid_floors")
        self.install(self.path, "nvidia-smi", "compute-sanitizer", "ncu")
        (self.tree / "lib").mkdir()
        (self.tree / "lib" / "libkernel_trace.so").touch()

    def install(self, folder, *names):
        folder.mkdir(parents=True)
        for name in names:
            shutil.copy(STUB, folder / name)
            (folder / name).chmod(0o755)

    def check(self, *options, faults="", phases=",".join(PHASES), out=None):
        """Runs gpu-check, with results in a new folder; its exit code and output, and self.report where it wrote one."""
        environment = dict(os.environ, STUB_FAULTS=faults)
        self.checks += 1
        self.out = out or self.folder / f"out-{self.checks}"
        environment["PATH"] = f"{self.path}{os.pathsep}{pathlib.Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin"
        command = [sys.executable, ROOT / "tools" / "gpu-check", "--tree", self.tree, "--out", self.out]
        command += [*(["--phases", phases] if phases else []), *options]
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

    def claim(self, text):
        """Verdict and evidence of the claim that has this in its text."""
        return next((verdict, evidence) for claim, verdict, evidence in claims.judge_all(self.report) if text in claim)

    def test_everything_passes(self):
        finished = self.check()
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        self.assertTrue(self.report["passed"])
        self.assertEqual([entry["phase"] for entry in self.report["phases"]], PHASES)
        self.assertEqual(self.entry("environment")["details"]["gpus"][0]["name"], "NVIDIA H200 Stub")
        counts = self.entry("operations")["details"]["gpu_test"]
        self.assertEqual((counts["passed"], counts["failed"], counts["skipped"], counts["unfinished"]), (1, 0, 1, None))
        self.assertEqual(counts["measured"], {"fp16 mixed4a along": 6.1e-4})
        self.assertTrue(self.entry("first-steps")["details"]["graph_is_eager"])
        for name in ("bench-untuned", "bench-tuned"):
            self.assertEqual(len(self.entry(name)["details"]["results"]), 2 * 3)
        self.assertEqual(len(self.entry("precision")["details"]["objectives"]["fp32"]), 32)
        self.assertEqual(self.entry("tune")["details"]["complete"][0], "mixed4a:11 at batch 1")
        self.assertEqual(self.entry("ncu-own")["details"]["kernels"][0]["Duration (us)"], "12.5")
        self.assertEqual(self.entry("timeline")["details"]["batch 1"]["busy_us"], 3.0)
        self.assertEqual((self.out / "summary.txt").read_text(encoding="utf-8"), finished.stdout)
        self.assertIn(f"{len(PHASES)} of {len(PHASES)} phases passed", finished.stdout)
        self.assertIn("gpu_engine_test", (self.out / "gpu-check.log").read_text(encoding="utf-8"))
        found = sorted(path.relative_to(self.out).as_posix() for path in self.out.rglob("*") if path.is_file())
        expected = ["cache/plans.json", "gpu-check.json", "gpu-check.log", "raw.tar.gz", "summary.txt"]
        self.assertEqual(found, expected)
        self.assertLessEqual(len(found), MOST_FILES)
        with tarfile.open(self.out / "raw.tar.gz") as raw:
            self.assertIn("timeline-64.csv", raw.getnames())

        self.assert_claims_judged()

    def assert_claims_judged(self):
        judged = claims.judge_all(self.report)
        verdicts = {verdict for _, verdict, _ in judged}
        self.assertEqual(verdicts, {claims.SHOWN, claims.NOT_SHOWN, claims.NOT_REACHED}, judged)
        self.assertEqual(self.claim("tuning finds"), ("shown", "6 of 6 jobs"))
        self.assertEqual(self.claim("every operation gives"), ("shown", "1 cases"))
        self.assertEqual(self.claim("PyTorch")[0], "not reached")
        # The stub's thousand image-steps/s for each picture of a batch: 512 ms, 64,000 and 256,000 a second.
        self.assertEqual(self.claim("at batch 1"), ("not shown", "512 ms, goal 75"))
        self.assertEqual(self.claim("mixed5b:7"), ("shown", "512,000 at batch 512, goal 41,000"))

    def test_the_plans_fit_their_time(self):
        for minutes, most_telling in ((plans.NINE, 12), (plans.FOUR, 6)):
            chosen = plans.choose(minutes, None)
            self.assertEqual(len({phase.name for phase, _ in chosen}), len(chosen))
            before = [seconds for _, seconds in chosen[:most_telling]]
            self.assertLessEqual(sum(before), minutes * 60, "what tells most has its boxes whole")
        names = [phase.name for phase, _ in plans.choose(9, None)]
        self.assertLess(names.index("bench-untuned"), names.index("tune"))
        self.assertLess(names.index("tune"), names.index("bench-tuned"))
        self.assertGreater(names.index("peers"), names.index("layers"))
        self.assertAlmostEqual(sum(seconds for _, seconds in plans.choose(3, ["grid", "tune"])), 180)

    def test_named_phases_come_in_the_plans_order(self):
        named = [phase.name for phase, _ in plans.choose(9, ["sweep", "timeline", "tune", "first-steps", "bench-untuned"])]
        self.assertEqual(named, ["first-steps", "bench-untuned", "timeline", "tune", "sweep"])

    def test_what_does_not_fit_is_not_reached(self):
        # The second box is under a second, so it is not begun in part; the first is used up.
        finished = self.check("--minutes", "0.03", faults="hang", phases="operations,slots")
        self.assertEqual(finished.returncode, 1)
        self.assertEqual([entry["phase"] for entry in self.report["phases"]], ["operations"])
        self.assertEqual(self.report["not_reached"], ["slots"])
        self.assertRegex(finished.stdout, r"(?m)^slots +not reached")
        self.assertEqual(self.claim("no byte depends on the slot"), ("not reached", "slots"))

    def test_results_are_not_overwritten(self):
        self.check(phases="environment")
        first = self.out / "gpu-check.json"
        before = first.read_bytes()
        finished = self.check(phases="environment", out=self.out)
        self.assertEqual(finished.returncode, 2)
        self.assertRegex(finished.stderr, r"--out .* is not an empty folder: results of an earlier check would be lost\n\Z")
        self.assertEqual(first.read_bytes(), before)

    def test_algorithms_of_an_earlier_check_are_not_measured(self):
        cache = self.folder / "interrupted" / "cache"
        cache.mkdir(parents=True)
        self.assertEqual(self.check(phases="bench-untuned", out=cache.parent).returncode, 2)
        cache.rmdir()
        self.assertEqual(self.check(phases="bench-untuned", out=cache.parent).returncode, 0, "an empty folder will do")

    def test_a_second_check_takes_a_folder_of_its_own(self):
        environment = dict(os.environ, PATH=f"{self.path}{os.pathsep}/usr/bin:/bin")
        command = [sys.executable, ROOT / "tools" / "gpu-check", "--tree", self.tree, "--phases", "environment"]
        for _ in range(3):
            subprocess.run(command, check=True, capture_output=True, env=environment, cwd=self.folder, timeout=120)
        found = sorted(path.parent.name for path in self.folder.glob("*/gpu-check.json"))
        self.assertEqual(found, ["gpu-check-results", "gpu-check-results-2", "gpu-check-results-3"])

    def test_without_a_gpu(self):
        for faults, remove in (("no-driver", False), ("", True)):
            if remove:
                (self.path / "nvidia-smi").unlink()
            finished = self.check(faults=faults)
            self.assertEqual(finished.returncode, 2)
            self.assertRegex(finished.stderr, r"\Agpu-check: no NVIDIA GPU answers \(nvidia-smi.*\)\n\Z")
            self.assertIsNone(self.report)

    def test_a_case_that_fails_is_named(self):
        finished = self.check(faults="case-fails", phases="operations,gradients,racecheck")
        self.assert_only_failed(finished, "operations", "racecheck")
        self.assertEqual(self.entry("operations")["problems"], ["gpu_test: Stub.Fails: ops_test.cpp:7: Failure 1 != 2"])
        self.assertIn("Stub.Fails", finished.stdout)
        self.assertEqual(self.claim("every operation gives")[0], "not shown")

    def test_a_crash_is_a_failure(self):
        self.assert_only_failed(self.check(faults="crash", phases="environment,operations"), "operations")
        self.assertIn("gpu_test in Stub.Crashes: ended by SIGABRT", self.entry("operations")["problems"][0])
        self.assertEqual(self.entry("operations")["details"]["gpu_test"]["passed"], 1)

    def test_nothing_tested_is_a_failure(self):
        self.assert_only_failed(self.check(faults="all-skipped", phases="environment,operations"), "operations")

    def test_a_missing_program_is_a_failure(self):
        (self.tree / "bin" / "gpu_engine_test").unlink()
        self.assert_only_failed(self.check(phases="operations,gradients"), "gradients")

    def test_a_hanging_program_costs_its_own_phase_only(self):
        finished = self.check("--minutes", "0.2", faults="hang", phases="environment,operations,grid")
        self.assert_only_failed(finished, "operations")
        self.assertEqual(self.entry("operations")["verdict"], "timed out")
        counts = self.entry("operations")["details"]["gpu_test"]
        self.assertEqual((counts["passed"], counts["unfinished"]), (1, "Stub.Hangs"), "what it came to is kept")
        self.assertEqual(self.claim("every operation gives"), ("in part", "1 cases, its time ended"))
        self.assertLessEqual(self.report["seconds"], 14)
        lines = [path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if readable(path)]
        self.assertFalse([line for line in lines if line.endswith(b"gpu-check-orphan\0")])

    def test_tuning_that_completes_nothing_is_out_of_time(self):
        # The shorter has no time to begin at all.
        for name, minutes in (("tune", "0.06"), ("tune-128", "0.02")):
            finished = self.check("--minutes", minutes, faults="tune-slow", phases=name)
            self.assert_only_failed(finished, name)
            self.assertEqual(self.entry(name)["verdict"], "timed out")
            self.assertEqual(self.claim("tuning finds")[0], "not reached")

    def test_tuning_that_completes_some_has_passed_and_is_shown_in_part(self):
        finished = self.check("--minutes", "0.1", faults="tune-slows", phases="tune")
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        self.assertEqual(self.claim("tuning finds"), ("in part", "1 of 6 jobs"))

    def test_tuning_that_fails(self):
        self.assert_only_failed(self.check(faults="tune-fails", phases="tune,grid"), "tune")
        self.assertIn("batch 1: exit code 1", self.entry("tune")["problems"][0])

    def test_tuning_goes_on_after_a_candidate_that_broke_the_device(self):
        finished = self.check(faults="tune-breaks", phases="tune,grid")
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        self.assertIn("cudnn eng7", self.entry("tune")["details"]["passed_over"][0])
        self.assertEqual(len(self.entry("tune")["details"]["complete"]), 6)

    def test_first_steps_that_are_wrong(self):
        self.assert_only_failed(self.check(faults="value-differs", phases="first-steps,grid"), "first-steps")
        self.assertIn("is 13.5 in fp32, 12.5 by the processor", self.entry("first-steps")["problems"][0])
        self.assert_only_failed(self.check(faults="graph-differs", phases="first-steps,grid"), "first-steps")
        self.assertIn("as a graph and operation by operation", self.entry("first-steps")["problems"][0])

    def test_a_profile_that_is_cut_off_keeps_its_kernels(self):
        finished = self.check("--minutes", "0.1", faults="ncu-hangs", phases="ncu-own,grid")
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        self.assertEqual(len(self.entry("ncu-own")["details"]["kernels"]), 1)

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
        self.assert_only_failed(self.check(faults="bench-fails", phases="bench-untuned,grid"), "bench-untuned")
        self.assertEqual(len(self.entry("bench-untuned")["details"]["results"]), 2 * 2)
        self.assertIn("no memory today", self.entry("bench-untuned")["problems"][0])

    def test_a_race(self):
        finished = self.check(faults="race", phases="memcheck,racecheck,initcheck")
        self.assert_only_failed(finished, "racecheck")
        self.assertIn("3 hazards", finished.stdout + str(self.entry("racecheck")["problems"]))

    def test_a_race_of_a_run_that_is_cut_off(self):
        for program, minutes in (("limpid", "0.03"), ("gpu_test", "0.08")):
            with self.subTest(program):
                finished = self.check("--minutes", minutes, faults=f"early-race,{program}-is-cut-off", phases="racecheck")
                self.assert_only_failed(finished, "racecheck")
                self.assertIn("1 found until its time ended: Error: Race reported", self.entry("racecheck")["problems"][0])
                self.assertEqual(self.entry("racecheck")["verdict"], "failed")
                self.assertEqual(self.claim("no race")[0], "not shown")

    def test_a_sound_run_of_a_sanitizer_that_is_cut_off(self):
        finished = self.check("--minutes", "0.1", faults="gpu_test-is-cut-off", phases="racecheck,initcheck")
        self.assert_only_failed(finished, "racecheck")
        self.assertEqual(self.entry("racecheck")["verdict"], "timed out")
        self.assertEqual(self.claim("no race"), ("in part", "2 cases, its time ended"))

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
            entry = phases.attempt(phases.Phase("peers", 1, work, ""), None, None, None, log, 1)
        self.assertEqual((entry["verdict"], entry["problems"]), ("skipped", ["no torch"]))
        self.assertEqual(entry["details"], {"found": 1})

    def test_what_a_killed_test_program_printed_is_read(self):
        found = tests.read_gtest(
            "[ RUN      ] A.One\n[       OK ] A.One (5 ms)\n[ RUN      ] A/B.Two/fp16\nx.cpp:3: Failure\n"
            "[  FAILED  ] A/B.Two/fp16, where GetParam() = 2 (7 ms)\n[ RUN      ] A.Three\nhalf a li"
        )
        self.assertEqual((found["passed"], found["failed"], found["unfinished"]), (1, 1, "A.Three"))
        self.assertEqual(found["failures"], {"A/B.Two/fp16": "x.cpp:3: Failure"})

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
