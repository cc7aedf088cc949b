"""GoogleTest programs on the device, plain and under compute-sanitizer."""

import re

from gpu_check.phase import OutOfTime
from gpu_check.tools import find_tool

SANITIZER_ERRORS = 86  # An exit code GoogleTest and limpid do not use.
ENDED = re.compile(r"^\[\s+(OK|FAILED|SKIPPED)\s+\] (\S+?)(?:,.*)? \(\d+ ms\)$")
BEGUN = re.compile(r"^\[ RUN      \] (\S+)$")
MEASURED = re.compile(r"^\[ MEASURED \] (.+): (\S+)$")
# The first line of each thing that compute-sanitizer finds; what follows it is indented further.
FOUND = re.compile(r"^========= (?!COMPUTE-SANITIZER|.*SUMMARY|Warning: (?!Race))(\S.*)$", re.MULTILINE)


def read_gtest(output):
    """{"passed", "failed", "skipped": numbers, "failures": {name: first words}, "measured": {name: number}, "unfinished": name}
    of what a test program printed, be it to its end or not."""
    found = {"passed": 0, "failed": 0, "skipped": 0, "failures": {}, "measured": {}, "unfinished": None}
    said = []
    for line in output.splitlines():
        if begun := BEGUN.match(line):
            found["unfinished"], said = begun.group(1), []
        elif (ended := ENDED.match(line)) and found["unfinished"] == ended.group(2):
            found["unfinished"] = None
            verdict = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}[ended.group(1)]
            found[verdict] += 1
            if verdict == "failed":
                found["failures"][ended.group(2)] = " ".join(said[:4])[:300]
        elif measured := MEASURED.match(line):
            found["measured"][measured.group(1)] = float(measured.group(2))
        elif found["unfinished"] and line.strip():
            said.append(line.strip())
    return found


def run_gtest(phase, name, gtest_filter, prefix=()):
    """Runs a test program and notes its counts, of what it came to where its time ends; a run in which nothing was tested is a
    problem."""
    if not phase.expect(phase.tree.has(name), f"{name} is not in {phase.tree.root.name}/bin"):
        return
    command = [*prefix, phase.tree.program(name), f"--gtest_filter={gtest_filter}", "--gtest_brief=0", "--gtest_color=no"]
    finished = phase.run(command, keep=True)
    _note_found(phase, name, finished)
    counts = read_gtest(finished.output)
    phase.details[name] = counts
    for failure, words in counts["failures"].items():
        phase.problems.append(f"{name}: {failure}: {words}")
    if finished.code is None:
        raise OutOfTime
    if finished.code != 0 and not counts["failures"]:
        where = f" in {counts['unfinished']}" if counts["unfinished"] else ""
        phase.problems.append(f"{name}{where}: {finished.verdict()}")
    phase.expect(counts["passed"] + counts["failed"] > 0, f"{name}: no case of '{gtest_filter}' ran")


def cases(*programs_and_filters):
    """The phase that runs these programs with these filters, one after the other."""

    def work(phase):
        for name, gtest_filter in programs_and_filters:
            run_gtest(phase, name, gtest_filter)

    return work


def sanitize(tool, gtest_filter=None):
    """The phase that runs two steps of a render under one of compute-sanitizer's tools, for they have the libraries' kernels too;
    then cases, if any."""

    def work(phase):
        prefix = [find_tool("compute-sanitizer"), "--tool", tool, "--error-exitcode", SANITIZER_ERRORS]
        render = ["render", "mixed3a:1", "--size", "96", "--steps", "2", "--quiet", "--device", "cuda"]
        command = [*prefix, phase.tree.program("limpid"), *render, "-o", phase.folder / "sanitized.png"]
        finished = phase.run(command, keep=True)
        phase.details["render"] = finished.code
        _note_found(phase, "two steps of mixed3a:1", finished)
        if finished.code is None:
            raise OutOfTime
        phase.expect(finished.code == 0, f"two steps of mixed3a:1: {_sanitizer_summary(finished)}")
        if gtest_filter:
            run_gtest(phase, "gpu_test", gtest_filter, prefix)

    return work


def _note_found(phase, what, finished):
    """The tool tells by its exit code that it found something, which of one that was ended there is none: what it printed counts."""
    found = FOUND.findall(finished.output + finished.errors) if finished.code is None else []
    if found:
        phase.problems.append(f"{what}: {len(found)} found until its time ended: {found[0][:200]}")


def _sanitizer_summary(finished):
    """The tool's own count of errors where it came to one."""
    for line in reversed(finished.output.splitlines()):
        if "SUMMARY" in line:
            return line.strip("= \t")
    return finished.verdict()
