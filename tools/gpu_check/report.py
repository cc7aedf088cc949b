"""What a check writes down: gpu-check.json, summary.txt for people, and what phases left for others to look at, packed."""

import json
import tarfile

from gpu_check.claims import judge_all

RATE_KEYS = ("layer", "batch", "precision", "image_steps_per_second")


def write_atomically(path, text):
    """Readers see the old file or the new one."""
    temporary = path.with_name(path.name + ".partial")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_report(folder, report):
    write_atomically(folder / "gpu-check.json", json.dumps(report, indent=1, allow_nan=True) + "\n")
    write_atomically(folder / "summary.txt", summary(report) + "\n")


def pack(folder, raw):
    """Files of the folder `raw` as raw.tar.gz, if there are any."""
    files = sorted(path for path in raw.iterdir() if path.is_file())
    if not files:
        return
    temporary = folder / "raw.tar.gz.partial"
    with tarfile.open(temporary, "w:gz") as packed:
        for path in files:
            packed.add(path, path.name)
    temporary.replace(folder / "raw.tar.gz")


def summary(report):
    """A page: the machine, every claim, every phase, the speeds."""
    entries = {entry["phase"]: entry for entry in report["phases"]}
    lines = [_headline(report, entries.get("environment", {}).get("details", {})), ""]
    lines += table([("claim", "", "evidence"), *judge_all(report)])
    rows = [("phase", "verdict", "seconds", "")]
    for entry in report["phases"]:
        problems = entry["problems"]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        rows.append((entry["phase"], entry["verdict"], f"{entry['seconds']:.1f}", (problems or [""])[0][:100] + more))
    rows += [(name, "not reached", "0.0", "") for name in report.get("not_reached", [])]
    lines += [""] + table(rows)
    lines += _speeds(entries) + _ceilings(entries) + _timelines(entries)
    passed = sum(entry["verdict"] == "passed" for entry in report["phases"])
    lines += ["", f"{passed} of {len(report['selected'])} phases passed in {report['seconds']:.0f} s"]
    return "\n".join(lines)


def table(rows):
    """Columns aligned to the left, numbers to the right; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numeric = [all(_is_number(row[column]) for row in rows[1:]) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric)
        ).rstrip()
        for row in rows
    ]


def _is_number(text):
    return not text or text.replace(".", "", 1).replace(",", "").isdigit()


def _headline(report, environment):
    gpus = environment.get("gpus", [])
    parts = [f"{gpu['name']}, driver {gpu['driver_version']}" for gpu in gpus[:1]]
    if "cudnn" in environment:
        parts.append(f"cuDNN {environment['cudnn']}")
    commit = report["bundle"].get("commit", "")
    parts.append(f"limpid {commit[:12]}{commit[40:]}" if commit else "limpid of a build folder")
    return "gpu-check: " + ", ".join(parts)


def _speeds(entries):
    """One table of everything that was timed, a row a job, a column a program."""
    found, programs = {}, []
    for name in ("bench-untuned", "bench-tuned", "bench-128", "sweep", "peers"):
        for result in entries.get(name, {}).get("details", {}).get("results", []):
            if not all(key in result for key in RATE_KEYS):
                continue
            program = result.get("program", "limpid")
            if program not in programs:
                programs.append(program)
            job = (result["layer"], str(result["batch"]), result["precision"])
            rate = f"{result['image_steps_per_second']:,.0f}"
            if "of_frozen_floor" in result:
                rate += f" ({100 * result['of_frozen_floor']:.0f} %)"
            found.setdefault(job, {})[program] = rate
    if not found:
        return []
    rows = [("image-steps/s", "batch", "precision", *programs)]
    rows += [(*job, *(rates.get(program, "") for program in programs)) for job, rates in found.items()]
    return ["", "in brackets: of the frozen floor (bench/frozen_floor.json) under the ceilings measured in the same run"] + table(rows)


def _ceilings(entries):
    found = entries.get("ceilings", {}).get("details", {})
    return ["", "ceilings: " + ", ".join(f"{name} {value}" for name, value in found.items())] if found else []


def _timelines(entries):
    lines = []
    for batch, found in entries.get("timeline", {}).get("details", {}).items():
        if not found.get("longest"):
            continue
        lines += ["", f"timeline, {batch}: kernels ran in {found['busy_us']:,} of {found['span_us']:,} us; the longest by their sum"]
        rows = [("kernel", "runs", "median us")]
        rows += [(kernel["name"][:60], str(kernel["runs"]), f"{kernel['median_us']:.1f}") for kernel in found["longest"][:6]]
        lines += table(rows)
    return lines
