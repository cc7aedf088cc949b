"""One phase: a function with a box of time, and what came of it."""

import dataclasses
import time
from collections.abc import Callable

from gpu_check.command import run


class OutOfTime(Exception):
    """A phase used up its box."""


class CannotRun(Exception):
    """The machine lacks what a phase is about (PyTorch, compute-sanitizer, ncu)."""


@dataclasses.dataclass
class Phase:
    """What there is to do, and the seconds it gets at most when the whole plan has its time."""

    name: str
    seconds: float
    work: Callable
    about: str


class Attempt:
    """What a phase works with: programs, its deadline, and where it puts what it found."""

    def __init__(self, tree, folder, raw, log, seconds):
        self.tree = tree
        self.folder = folder  # For files of passing interest.
        self.raw = raw  # For files that come back, packed.
        self.details = {}  # Goes into the report, also when the phase does not come to its end.
        self.problems = []
        self._log = log
        self._deadline = time.monotonic() + seconds

    def seconds_left(self):
        return self._deadline - time.monotonic()

    def run(self, arguments, seconds=float("inf"), environment=None, keep=False):
        """Runs a command, in the tree's environment unless another is given. Throws OutOfTime when the phase's own time
        ran out over it; with `keep` that is returned like any other end, for what was printed until then."""
        left = self.seconds_left()
        if left <= 0:
            raise OutOfTime
        finished = run(arguments, min(seconds, left), environment or self.tree.environment, self._log)
        if finished.code is None and left <= seconds and not keep:
            raise OutOfTime
        return finished

    def limpid(self, *arguments, seconds=float("inf"), **variables):
        """Runs the program on the GPU, with further variables in its environment; what it printed where it succeeded, else a
        problem is noted, and None returned."""
        environment = {**self.tree.environment, **variables}
        command = [self.tree.program("limpid"), *arguments, "--device", "cuda"]
        finished = self.run(command, seconds, environment)
        problem = f"limpid {' '.join(map(str, arguments[:2]))}: {finished.verdict()}"
        return finished.output if self.expect(finished.code == 0, problem) else None

    def expect(self, condition, problem):
        """Notes a problem unless the condition holds; the phase goes on. Returns the condition."""
        if not condition:
            self.problems.append(problem)
        return condition


def attempt(phase, tree, folder, raw, log, seconds):
    """Runs a phase for at most `seconds`; whatever happens in it becomes its entry in the report."""
    log.write(f"== {phase.name}: {phase.about}\n")
    start = time.monotonic()
    state = Attempt(tree, folder, raw, log, seconds)
    try:
        phase.work(state)
        verdict = "failed" if state.problems else "passed"
    except OutOfTime:
        verdict = "failed" if state.problems else "timed out"
        state.problems.append(f"not done within {seconds:.0f} s")
    except CannotRun as reason:
        verdict = "failed" if state.problems else "skipped"
        state.problems.append(str(reason))
    except Exception as error:  # One phase's trouble, of whatever kind, must not cost the others.
        verdict = "failed"
        state.problems.append(f"{type(error).__name__}: {error}")
    return {
        "phase": phase.name,
        "verdict": verdict,
        "seconds": round(time.monotonic() - start, 2),
        "seconds_allotted": round(seconds, 1),
        "problems": state.problems,
        "details": state.details,
    }
