"""One phase: a function with a share of the time, and what came of it."""

import dataclasses
import time
from collections.abc import Callable

from gpu_check.command import run


class OutOfTime(Exception):
    """A phase used up its share."""


class CannotRun(Exception):
    """The machine lacks what a phase is about (PyTorch, compute-sanitizer)."""


@dataclasses.dataclass
class Phase:
    """What there is to do. `weight` is its share of the time, relative to the others'."""

    name: str
    weight: float
    work: Callable
    about: str


class Attempt:
    """What a phase works with: programs, its deadline, and where it puts what it found."""

    def __init__(self, tree, folder, log, seconds):
        self.tree = tree
        self.folder = folder  # For files of passing interest.
        self.details = {}  # Goes into the report, also when the phase does not come to its end.
        self.problems = []
        self._log = log
        self._deadline = time.monotonic() + seconds

    def seconds_left(self):
        return self._deadline - time.monotonic()

    def run(self, arguments, seconds=float("inf"), environment=None):
        """Runs a command, in the tree's environment unless another is given. Throws OutOfTime when the phase's own time
        ran out over it."""
        left = self.seconds_left()
        if left <= 0:
            raise OutOfTime
        finished = run(arguments, min(seconds, left), environment or self.tree.environment, self._log)
        if finished.code is None and left <= seconds:
            raise OutOfTime
        return finished

    def limpid(self, *arguments):
        """Runs the program on the GPU; True when it succeeded, else a problem is noted."""
        finished = self.run([self.tree.program("limpid"), *arguments, "--device", "cuda"])
        return self.expect(finished.code == 0, f"limpid {' '.join(map(str, arguments[:2]))}: {finished.verdict()}")

    def expect(self, condition, problem):
        """Notes a problem unless the condition holds; the phase goes on. Returns the condition."""
        if not condition:
            self.problems.append(problem)
        return condition


def attempt(phase, tree, folder, log, seconds):
    """Runs a phase for at most `seconds`; whatever happens in it becomes its entry in the report."""
    log.write(f"== {phase.name}: {phase.about}\n")
    start = time.monotonic()
    state = Attempt(tree, folder, log, seconds)
    try:
        phase.work(state)
        verdict = "failed" if state.problems else "passed"
    except OutOfTime:
        verdict = "timed out"
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
