"""What the README and the goals say of GPUs, one by one: shown, shown in part, not shown, or not reached by this check."""

import dataclasses
from collections.abc import Callable

STEPS = 512
# Image-steps/s of the best batch, milliseconds of 512 steps at batch 1, seconds of every channel x 512, seconds from exec to PNG.
GOALS = {
    "H100": {"mixed4a:11": 45e3, "mixed5b:7": 32e3, "loop_ms": 75, "network_s": 80, "render_s": 1.0},
    "H200": {"mixed4a:11": 55e3, "mixed5b:7": 41e3, "loop_ms": 75, "network_s": 60, "render_s": 1.0},
}
PEERS_RATIO = 2.5
# Verdicts on a claim. One in part: the phases came to some of it, and that holds.
SHOWN, IN_PART, NOT_SHOWN, NOT_REACHED = "shown", "in part", "not shown", "not reached"


@dataclasses.dataclass
class Claim:
    """`judge` is given the details of the phases and the card's goals; returns a verdict, and the evidence in a few words."""

    text: str
    judge: Callable


def shown_if(holds):
    return SHOWN if holds else NOT_SHOWN


def passed(*names):
    """That these phases passed; one that ended at its box shows the cases it came to, if none of them failed."""

    def judge(entries, _):
        found = [entries[name] for name in names if name in entries]
        if any(entry["verdict"] == "failed" for entry in found):
            return NOT_SHOWN, next(entry["problems"][0] for entry in found if entry["verdict"] == "failed")[:90]
        ended = [entry for entry in found if entry["verdict"] in ("passed", "timed out")]
        if len(ended) < len(names):
            return NOT_REACHED, ", ".join(name for name in names if name not in entries) or "skipped"
        counts = [part for entry in ended for part in entry["details"].values() if isinstance(part, dict) and "passed" in part]
        cases = sum(part["passed"] for part in counts)
        part = any(entry["verdict"] == "timed out" for entry in ended)
        if part and not cases:
            return NOT_REACHED, "its time ended"
        return IN_PART if part else SHOWN, (f"{cases} cases" if counts else "") + (", its time ended" if part else "")

    return judge


def tuned(entries, goals):
    """That tuning passed; all of it, or as much as it had time for."""
    verdict, evidence = passed("tune")(entries, goals)
    if verdict != SHOWN:
        return verdict, evidence
    details = entries["tune"]["details"]
    complete, asked = len(details["complete"]), details["asked"]
    return SHOWN if complete == asked else IN_PART, f"{complete} of {asked} jobs"


def detail(name, key, judge):
    """What a phase's details say under a key."""

    def work(entries, goals):
        value = entries.get(name, {}).get("details", {}).get(key)
        return (NOT_REACHED, name) if value in (None, [], {}) else judge(value, goals)

    return work


def rates(entries):
    """{(layer, batch): image-steps/s} of limpid's own benchmark, the fastest of all its phases."""
    found = {}
    for name in ("bench-untuned", "bench-tuned", "sweep", "bench-128"):
        for result in entries.get(name, {}).get("details", {}).get("results", []):
            key = (result["layer"], result["batch"])
            found[key] = max(found.get(key, 0), result["image_steps_per_second"])
    return found


def best_rate(layer):
    def judge(entries, goals):
        measured = {batch: rate for (of, batch), rate in rates(entries).items() if of == layer}
        if not measured or not goals:
            return NOT_REACHED, "no rate" if not measured else "no goal for this card"
        batch = max(measured, key=measured.get)
        return shown_if(measured[batch] >= goals[layer]), f"{measured[batch]:,.0f} at batch {batch}, goal {goals[layer]:,.0f}"

    return judge


def loop_time(entries, goals):
    rate = rates(entries).get(("mixed4a:11", 1))
    if rate is None or not goals:
        return NOT_REACHED, "no rate" if rate is None else "no goal for this card"
    milliseconds = 1e3 * STEPS / rate
    return shown_if(milliseconds <= goals["loop_ms"]), f"{milliseconds:.0f} ms, goal {goals['loop_ms']}"


def against_peers(entries, _):
    results = entries.get("peers", {}).get("details", {}).get("results", [])
    found = {result["program"]: result["image_steps_per_second"] for result in results if "image_steps_per_second" in result}
    own = [rate for program, rate in found.items() if "limpid" in program]
    torch = [rate for program, rate in found.items() if "expert" in program]
    if not own or not torch:
        return NOT_REACHED, "peers"
    ratio = max(own) / max(torch)
    return shown_if(ratio >= PEERS_RATIO), f"{ratio:.2f} times, goal {PEERS_RATIO}"


def reaches(key, unit):
    return lambda value, goals: (
        (NOT_REACHED, "no goal for this card")
        if not goals
        else (shown_if(value <= goals[key]), f"{value:.2f} {unit}, goal {goals[key]}")
    )


def warm_render(seconds, goals):
    """The first may build what the others find."""
    return reaches("render_s", "s")(min(seconds[1:]), goals) if len(seconds) > 1 else (NOT_REACHED, "no second render")


def nearly_all(value, _):
    return shown_if(value["mean_ratio"] >= 0.99), f"{value['mean_ratio']:.4f}, least {value['least_ratio']:.4f} ({value['least_channel']})"


CLAIMS = (
    Claim("one step runs, by operations and as a graph, to the same bytes", passed("first-steps")),
    Claim("every operation gives what the processor's gives", passed("operations")),
    Claim("and so on maps of full size", passed("full-size")),
    Claim("fp16 convolutions of whole numbers are exact, captured too", passed("convolutions")),
    Claim("convolutions in the other precisions agree", passed("more-convolutions")),
    Claim("gradients agree with double precision along the GPU's choices", passed("gradients")),
    Claim("activations of every layer agree in each precision", passed("layers")),
    Claim("no access out of bounds in two steps", passed("memcheck")),
    Claim("no race in shared memory, no read of what nothing wrote", passed("racecheck", "initcheck")),
    Claim("the same seed gives the same bytes, in any slot and shard", passed("determinism")),
    Claim("no byte depends on the slot, no step allocates", passed("slots")),
    Claim("tuning finds and keeps sound algorithms", tuned),
    Claim("fp16 reaches 99 % of fp32's objective", detail("precision", "fp16", nearly_all)),
    Claim("bf16 reaches 99 % of fp32's objective", detail("precision", "bf16", nearly_all)),
    Claim("512 steps of mixed4a:11 at batch 1", loop_time),
    Claim("from exec to PNG of 512 steps, warm", detail("render-time", "seconds", warm_render)),
    Claim("image-steps/s of mixed4a:11, best batch", best_rate("mixed4a:11")),
    Claim("image-steps/s of mixed5b:7, best batch", best_rate("mixed5b:7")),
    Claim("every channel of the network, 512 steps", detail("grid", "projected_seconds_of_every_channel", reaches("network_s", "s"))),
    Claim("against PyTorch as an expert writes it, same run", against_peers),
)  # fmt: skip


def judge_all(report):
    """[(text, verdict, evidence)]"""
    entries = {entry["phase"]: entry for entry in report["phases"]}
    gpus = entries.get("environment", {}).get("details", {}).get("gpus", [])
    card = gpus[0]["name"] if gpus else ""
    goals = next((goals for name, goals in GOALS.items() if name in card), None)
    return [(claim.text, *claim.judge(entries, goals)) for claim in CLAIMS]
