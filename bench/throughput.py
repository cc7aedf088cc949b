"""bench/compare's job "throughput": whole optimisation steps, batched, on the processor or a GPU."""

import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
# Per timed block. A processor takes a second for what a GPU does in a millisecond.
STEPS = {"cuda": 32, "cpu": 3}
LIMPID_PRECISIONS = {"cuda": ("fp16", "bf16"), "cpu": ("fp32",)}
EXPERT_PRECISION = {"cuda": "bf16", "cpu": "fp32"}  # Of equal speed to fp16, and needs no care for its range.


class Program:
    """Something that does the job, in one precision, and tells its rate."""

    def __init__(self, name, precision, command, result_file=None):
        self.name = name
        self.precision = precision
        self.command = [str(part) for part in command]
        self.result_file = result_file  # Where limpid writes; peers print.


def programs(layer, batch, arguments, folder):
    """limpid and the expert in the precisions that serve speed, and lucent in the one it has."""
    device, size = arguments.device, str(arguments.size)
    weights = ["--weights", arguments.weights] if arguments.weights else []
    threads = ["--threads", arguments.threads]
    found = []
    for precision in LIMPID_PRECISIONS[device]:
        file = pathlib.Path(folder) / f"{layer}-{batch}-{precision}.json".replace(":", "-")
        lists = ["--layers", layer, "--sizes", size, "--batches", batch, "--precisions", precision]
        lists += ["--repeats", arguments.repeats, "--no-operations"]
        command = [arguments.limpid, "bench", *lists, "--device", device, *threads, *weights, "--json", file]
        found.append(Program("limpid", precision, command, file))
    job = ["--device", device, "--layer", layer, "--size", size, "--batch", batch, *threads, *weights, "--json"]
    job += ["--steps", STEPS[device], "--repeats", arguments.repeats]
    expert = [arguments.python, PEERS / "torch_expert.py", *job, "--precision", EXPERT_PRECISION[device]]
    found.append(Program("torch expert", EXPERT_PRECISION[device], expert))
    found.append(Program("torch as lucent", "fp32", [arguments.python, PEERS / "torch_lucent.py", *job]))
    return found


def run_program(program):
    """What a program measured; with "error" instead of a rate where it failed."""
    finished = subprocess.run(program.command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        last = (finished.stderr.strip().splitlines() or ["no message"])[-1]
        return {"error": last, "command": shlex.join(program.command)}
    if program.result_file is None:
        return json.loads(finished.stdout.strip().splitlines()[-1])
    return json.loads(program.result_file.read_text(encoding="utf-8"))["results"][0]


def measure(arguments, keep):
    """Results of every layer, batch and program. keep(results) is called after each program, for what interrupts."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for batch in arguments.batches:
            for layer in arguments.layers:
                for program in programs(layer, batch, arguments, folder):
                    job = {"layer": layer, "size": arguments.size, "batch": batch, "precision": program.precision}
                    print(f"{program.name}: {layer}, batch {batch}, {program.precision}", file=sys.stderr, flush=True)
                    results.append({**run_program(program), **job, "program": program.name})
                    keep(results)
    return results


def rows(results):
    """Of a table: rates, and how many times limpid's best is each of them."""
    best = {}
    for result in results:
        if result["program"] == "limpid" and "error" not in result:
            case = result["layer"], result["batch"]
            best[case] = max(best.get(case, 0), result["image_steps_per_second"])
    table = [("layer", "batch", "program", "precision", "image-steps/s", "limpid's times", "")]
    for result in results:
        job = (result["layer"], str(result["batch"]), result["program"], result["precision"])
        if "error" in result:
            table.append((*job, "", "", result["error"][:60]))
            continue
        rate = result["image_steps_per_second"]
        limpid = best.get((result["layer"], result["batch"]))
        ratio = f"{limpid / rate:.2f}" if limpid else ""
        lacking = ", ".join(reason.partition(":")[0] for reason in result.get("fallbacks", []))
        table.append((*job, f"{rate:,.1f}", ratio, f"without {lacking}" if lacking else ""))
    return table
