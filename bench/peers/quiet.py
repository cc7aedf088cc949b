"""Timing that knows what else the machine was doing."""

import os
import statistics
import time

_TICK = os.sysconf("SC_CLK_TCK")


def _machine_seconds():
    """CPU seconds spent by anyone since boot, stolen ones included."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICK


def _own_seconds():
    times = os.times()
    return times.user + times.system


class OtherLoad:
    """Cores that other processes kept busy, over a `with` block: 0.06 is six hundredths of one core."""

    def __enter__(self):
        self._start = time.perf_counter(), _machine_seconds(), _own_seconds()
        return self

    def __exit__(self, *_):
        start, machine, own = self._start
        elapsed = time.perf_counter() - start
        others = (_machine_seconds() - machine) - (_own_seconds() - own)
        self.cores = max(others / elapsed, 0.0)


def measure(run, seconds=6.0, least=5, warm_up=2, tries=4, limit=0.06):
    """Times run() over and over, until a try in which other processes took less than `limit` of a core.

    Returns {median_ms, min_ms, samples, other_load, tries} of the quietest try.
    """
    for _ in range(warm_up):
        run()
    best = None
    for attempt in range(1, tries + 1):
        samples = []
        with OtherLoad() as load:
            end = time.perf_counter() + seconds
            while len(samples) < least or time.perf_counter() < end:
                start = time.perf_counter()
                run()
                samples.append((time.perf_counter() - start) * 1e3)
        if best is None or load.cores < best["other_load"]:
            best = {
                "median_ms": round(statistics.median(samples), 3),
                "min_ms": round(min(samples), 3),
                "samples": len(samples),
                "other_load": round(load.cores, 3),
            }
        if load.cores < limit:
            break
    best["tries"] = attempt
    return best
