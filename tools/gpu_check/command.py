"""Runs a program under a time limit; its whole process group ends with it."""

import dataclasses
import os
import shlex
import signal
import subprocess
import time


@dataclasses.dataclass
class Finished:
    """How a program ended. `code` is None when it ran out of time, and negative when a signal ended it."""

    code: int | None
    output: str
    errors: str
    seconds: float

    def last_line(self):
        """What it said last: of errors, else of output."""
        for text in (self.errors, self.output):
            if text.strip():
                return text.strip().splitlines()[-1].strip()
        return "it said nothing"

    def verdict(self):
        """One line for people: why this is not a success."""
        if self.code is None:
            return f"out of time after {self.seconds:.0f} s"
        if self.code < 0:
            return f"ended by {signal.Signals(-self.code).name}: {self.last_line()}"
        return f"exit code {self.code}: {self.last_line()}"


def run(arguments, seconds, environment=None, log=None):
    """Runs a program for at most `seconds`; a file object `log` gets the command and all it printed.

    Throws OSError when there is no such program.
    """
    arguments = [str(argument) for argument in arguments]
    start = time.monotonic()
    # A session of its own, so that whatever the program starts can be ended with it.
    with subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=max(seconds, 0.1))
            code = process.returncode
        except subprocess.TimeoutExpired:
            _end_group(process.pid)
            output, errors = process.communicate()
            code = None
        except BaseException:
            _end_group(process.pid)
            raise
    finished = Finished(code, output, errors, time.monotonic() - start)
    if log is not None:
        log.write(f"$ {shlex.join(arguments)}\n{output}{errors}")
        log.write(f"[{'success' if code == 0 else finished.verdict()}, {finished.seconds:.1f} s]\n\n")
        log.flush()
    return finished


def _end_group(leader):
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
