"""GoogleTest programs on the device, plain and under compute-sanitizer."""

import glob
import json
import shutil

from gpu_check.phase import CannotRun

# A tree that lacks one of these would pass by testing less.
EXPECTED = ("gpu_test", "gpu_engine_test")
SANITIZER_ERRORS = 86  # An exit code GoogleTest and limpid do not use.
# Our own kernels. Of cuDNN's the render below has its share; all their cases would take the tools an hour.
SANITIZED = "*-*Conv*:*Deviceless*"


def gtest_counts(report):
    """{"passed", "failed", "skipped": numbers, "failures": names} of GoogleTest's JSON."""
    counts = {"passed": 0, "failed": 0, "skipped": 0, "failures": []}
    for suite in report.get("testsuites", []):
        for case in suite["testsuite"]:
            if case.get("failures"):
                counts["failed"] += 1
                counts["failures"].append(f"{suite['name']}.{case['name']}")
            elif case.get("result") == "SKIPPED":
                counts["skipped"] += 1
            elif case.get("result") == "COMPLETED":
                counts["passed"] += 1
    return counts


def run_gtest(phase, name, prefix=(), gtest_filter="*"):
    """Runs a test program and notes its counts; a run in which nothing was tested is a problem."""
    path = phase.folder / f"{name}.json"
    path.unlink(missing_ok=True)
    options = [f"--gtest_filter={gtest_filter}", f"--gtest_output=json:{path}"]
    finished = phase.run([*prefix, phase.tree.program(name), *options])
    if not phase.expect(path.exists(), f"{name}: {finished.verdict()}"):
        return
    counts = gtest_counts(json.loads(path.read_text(encoding="utf-8")))
    phase.details[name] = counts
    failures = counts["failures"]
    few = ", ".join(failures[:4]) + (" ..." if len(failures) > 4 else "")
    if failures:
        phase.problems.append(f"{name}: {counts['failed']} failed: {few}")
    else:
        phase.expect(finished.code == 0, f"{name}: {finished.verdict()}")
    phase.expect(counts["passed"] + counts["failed"] > 0, f"{name}: no case of '{gtest_filter}' ran")


def run_tests(phase):
    for name in EXPECTED:
        phase.expect(phase.tree.has(name), f"{name} is not in {phase.tree.root.name}/bin")
    for name in phase.tree.gpu_tests():
        run_gtest(phase, name)


def sanitize(tool):
    """The phase that runs operations and two steps of a render under one of compute-sanitizer's tools."""

    def work(phase):
        program = _sanitizer()
        prefix = [program, "--tool", tool, "--error-exitcode", SANITIZER_ERRORS]
        if phase.expect(phase.tree.has("gpu_test"), f"gpu_test is not in {phase.tree.root.name}/bin"):
            run_gtest(phase, "gpu_test", prefix, SANITIZED)
        render = ["render", "mixed3a:1", "--size", "96", "--steps", "2", "--quiet", "--device", "cuda"]
        finished = phase.run([*prefix, phase.tree.program("limpid"), *render, "-o", phase.folder / "sanitized.png"])
        phase.details["render"] = finished.code
        phase.expect(finished.code == 0, f"two steps of mixed3a:1: {_sanitizer_summary(finished)}")

    return work


def _sanitizer():
    found = shutil.which("compute-sanitizer") or next(
        iter(sorted(glob.glob("/usr/local/cuda*/bin/compute-sanitizer"), reverse=True)), None
    )
    if not found:
        raise CannotRun("compute-sanitizer is neither on the PATH nor in /usr/local/cuda*/bin")
    return found


def _sanitizer_summary(finished):
    """The tool's own count of errors where it came to one."""
    for line in reversed(finished.output.splitlines()):
        if "SUMMARY" in line:
            return line.strip("= \t")
    return finished.verdict()
