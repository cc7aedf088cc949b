#!/usr/bin/env python3
"""Holds the machine code of the hot kernels under the budgets of kernels/README.md.

    tests/gpu/sass_budgets.py LIBRARY README --nvcc 13.0.88             fails where a kernel is above its row, or gone
    tests/gpu/sass_budgets.py LIBRARY README --nvcc 13.0.88 --update    writes what is there into the rows
    tests/gpu/sass_budgets.py LIBRARY --list                            every kernel there is

LIBRARY is the CUDA library as it was linked: the code for the architecture is read from it, without a tool of the
toolkit's. Exit code 77 where it holds none for sm_90, and where it was compiled by another release of nvcc than the rows.
"""

import argparse
import pathlib
import re
import struct
import subprocess
import sys
from typing import Iterator, NamedTuple

ARCHITECTURE = 90
SKIPPED = 77

# Of sm_90, by "CUDA C++ Programming Guide", table "Technical Specifications per Compute Capability", and the allocation units of
# NVIDIA's occupancy calculator.
WARP = 32
WARPS = 64
BLOCKS = 32
REGISTERS = 65536
REGISTER_UNIT = 256  # A warp's registers are a multiple of it.
SHARED = 228 * 1024
SHARED_OF_BLOCK = 1024  # Which the system takes of each block.

# More than this above its row is a change, less is the compiler's: another build of a release counts a little
# differently. Of another release there is no telling.
TOLERANCE = 1.03
# And less than this part of it a kernel that was made better, whose row is to say so.
STALE = 0.9


class Section(NamedTuple):
    name: str
    bytes: memoryview
    size: int


class Kernel(NamedTuple):
    name: str
    instructions: int
    loop: int  # Instructions of the longest loop that has none within; 0 for none.
    registers: int
    stack: int  # Bytes of a thread, of arrays and of what was spilled.
    shared: int  # Bytes of a block that are known when it is compiled.
    threads: int  # Of a block, at most.

    def warps(self) -> int:
        """That a multiprocessor holds at once."""
        of_block = -(-self.threads // WARP)
        registers = -(-self.registers * WARP // REGISTER_UNIT) * REGISTER_UNIT
        # Registers lie in four parts, one for each scheduler.
        by_registers = REGISTERS // 4 // registers * 4 // of_block
        by_shared = SHARED // (self.shared + SHARED_OF_BLOCK)
        return min(BLOCKS, WARPS // of_block, by_registers, by_shared) * of_block


# ---- The library --------------------------------------------------------------------------------------------------


def sections(elf: memoryview) -> list[Section]:
    table, = struct.unpack_from("<Q", elf, 0x28)
    entry, count, of_names = struct.unpack_from("<HHH", elf, 0x3A)
    rows = [struct.unpack_from("<IIQQQQ", elf, table + i * entry) for i in range(count)]
    names = bytes(elf[rows[of_names][4]:rows[of_names][4] + rows[of_names][5]])
    nothing_in_file = 8  # SHT_NOBITS
    return [
        Section(names[name:names.index(b"\0", name)].decode(),
                elf[offset:offset + (0 if kind == nothing_in_file else size)], size)
        for name, kind, _, _, offset, size in rows
    ]


def cubins(library: memoryview) -> Iterator[memoryview]:
    """The machine code for the architecture, unless it is compressed, as nvcc does to PTX only. A fat binary is a header and entries, each
    with a header of its own: what it is, how long its header and its contents are, for which architecture."""
    magic = 0xBA55ED50
    machine_code = 2
    for section in sections(library):
        if section.name != ".nv_fatbin":
            continue
        at = 0
        while at + 16 <= len(section.bytes):
            found, _, header, size = struct.unpack_from("<IHHQ", section.bytes, at)
            if found != magic:
                at += 8
                continue
            entry, at = at + header, at + header + size
            while entry < at:
                kind, _, header, size = struct.unpack_from("<HHIQ", section.bytes, entry)
                architecture, = struct.unpack_from("<I", section.bytes, entry + 28)
                contents = section.bytes[entry + header:entry + header + size]
                entry += header + size
                if kind == machine_code and architecture == ARCHITECTURE and bytes(contents[:4]) == b"\x7fELF":
                    yield contents


def attributes(info: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Of a section .nv.info: those that have contents."""
    at = 0
    while at < len(info):
        form, attribute, size = struct.unpack_from("<BBH", info, at)
        at += 4
        if form == 4:
            yield attribute, info[at:at + size]
            at += size


# ---- Machine code -------------------------------------------------------------------------------------------------

INSTRUCTION = 16
NOP = 0x918
BRANCH = 0x947


def branch_target(at: int, low: int, high: int) -> int:
    """Of a branch at byte `at`: a distance in words of four bytes from the instruction after it, its low eight bits apart from the rest."""
    rest = (high & 0x3FFFF) << 30 | low >> 34
    if rest >> 47:
        rest -= 1 << 48
    return at + INSTRUCTION + ((rest << 8) | (low >> 16 & 0xFF)) * 4


def measure(code: memoryview) -> tuple[int, int]:
    """Instructions, without what fills the section up, and those of the longest loop within which there is no other."""
    words = [struct.unpack_from("<QQ", code, at) for at in range(0, len(code), INSTRUCTION)]
    while words and words[-1][0] & 0xFFF == NOP:
        words.pop()
    loops = []
    for i, (low, high) in enumerate(words):
        if low & 0xFFF == BRANCH:
            first = branch_target(i * INSTRUCTION, low, high) // INSTRUCTION
            if first == i:  # What ends every kernel, and is never run.
                continue
            if first < i:
                loops.append((first, i))
    inner = [(a, b) for a, b in loops if not any((c, d) != (a, b) and a <= c and d <= b for c, d in loops)]
    return len(words) - 1, max((b - a + 1 for a, b in inner), default=0)


def read_kernels(cubin: memoryview) -> list[Kernel]:
    registers_of, stack_of, threads_of = 0x2F, 0x11, 0x05
    by_name = {section.name: section for section in sections(cubin)}
    symbols, names = by_name[".symtab"].bytes, bytes(by_name[".strtab"].bytes)

    def symbol(index: int) -> str:
        name, = struct.unpack_from("<I", symbols, index * 24)
        return names[name:names.index(b"\0", name)].decode()

    registers, stack = {}, {}
    for attribute, value in attributes(by_name[".nv.info"].bytes):
        if attribute in (registers_of, stack_of):
            index, number = struct.unpack("<II", value)
            (registers if attribute == registers_of else stack)[symbol(index)] = number
    kernels = []
    for section in by_name.values():
        if not section.name.startswith(".text."):
            continue
        name = section.name.removeprefix(".text.")
        threads = 1024
        for attribute, value in attributes(by_name[".nv.info." + name].bytes):
            if attribute == threads_of:
                x, y, z = struct.unpack("<III", value)
                threads = x * y * z
        shared = by_name.get(".nv.shared." + name)
        kernels.append(Kernel(name, *measure(section.bytes), registers[name], stack.get(name, 0),
                              max(0, shared.size - SHARED_OF_BLOCK) if shared else 0, threads))
    return kernels


def short_name(name: str) -> str:
    """Without what is the same everywhere, and without parameters."""
    name = name.replace("(anonymous namespace)::", "").replace("limpid::", "").replace("cuda::", "").replace("detail::", "")
    name = re.sub(r"^void ", "", name)
    depth = 0
    for i, letter in enumerate(name):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "(" and depth == 0:
            return name[:i]
    return name


def kernels_of(library: pathlib.Path) -> dict[str, Kernel]:
    kernels = [kernel for cubin in cubins(memoryview(library.read_bytes())) for kernel in read_kernels(cubin)]
    if not kernels:
        return {}
    names = subprocess.run(["c++filt"], input="\n".join(kernel.name for kernel in kernels), check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    found = {}
    for name, kernel in zip(names, kernels, strict=True):
        name = short_name(name)
        if name in found:
            raise SystemExit(f"two kernels are called '{name}'")
        found[name] = kernel
    return found


# ---- The table ----------------------------------------------------------------------------------------------------

RELEASE = re.compile(r"(What nvcc )(\d+\.\d+)( makes for )")
ROW = re.compile(r"^\| `(?P<kernel>[^`]+)` \| (?P<units>[\d.]+) (?P<unit>[^|]*?) \| (?P<bytes>[^|]*?) \|")


class Row(NamedTuple):
    kernel: str
    units: str  # That a thread takes; behind it their name.
    unit: str
    bytes: str  # A unit.
    measured: list[str]

    def text(self, measured: list[str]) -> str:
        return f"| `{self.kernel}` | {self.units} {self.unit} | {self.bytes} | " + " | ".join(measured) + " |"

    def columns(self, kernel: Kernel) -> list[str]:
        return [str(number) for number in (round(kernel.instructions / float(self.units)), kernel.instructions, kernel.loop,
                                           kernel.registers, kernel.stack, kernel.shared, kernel.warps())]

    def complaints(self, kernel: Kernel) -> Iterator[str]:
        of_unit, instructions, loop, registers, stack, shared, warps = map(int, self.measured)
        if of_unit != round(instructions / float(self.units)):
            yield f"{instructions} instructions for {self.units} {self.unit} are not {of_unit} each"
        for what, budget, is_there in (("instructions", instructions, kernel.instructions), ("instructions of its loop", loop, kernel.loop),
                                       ("registers", registers, kernel.registers)):
            if is_there > budget * TOLERANCE:
                yield f"{is_there} {what}, above its {budget}"
        for what, budget, is_there in (("bytes of stack", stack, kernel.stack), ("bytes of shared memory", shared, kernel.shared)):
            if is_there > budget:
                yield f"{is_there} {what}, above its {budget}"
        if kernel.warps() < warps:
            yield f"{kernel.warps()} warps at once, below its {warps}"
        if kernel.instructions < instructions * STALE:
            yield f"{kernel.instructions} instructions, far below its {instructions}: the row is of another kernel"


def row_of(line: str) -> Row | None:
    if not (found := ROW.match(line)):
        return None
    return Row(*found.group("kernel", "units", "unit", "bytes"), [cell.strip() for cell in line[found.end():].strip(" |\n").split("|")])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path, metavar="LIBRARY")
    parser.add_argument("readme", type=pathlib.Path, metavar="README", nargs="?")
    parser.add_argument("--nvcc", metavar="VERSION", help="by which the library was compiled")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if not options.list and not (options.readme and options.nvcc):
        parser.error("README and --nvcc are needed, or --list")
    kernels = kernels_of(options.binary)
    if not kernels:
        print(f"SKIPPED: {options.binary.name} has no machine code for sm_{ARCHITECTURE}")
        return SKIPPED
    if options.list:
        for name, kernel in sorted(kernels.items()):
            print(f"{kernel.instructions:6} {kernel.loop:5} {kernel.registers:4} {kernel.stack:5} {kernel.shared:6} "
                  f"{kernel.warps():3}  {name}")
        return 0
    text = options.readme.read_text()
    release = ".".join(options.nvcc.split(".")[:2])
    of_rows = RELEASE.search(text)
    if not of_rows:
        print(f"{options.readme.name} does not say which nvcc its rows are of")
        return 1
    if options.update:
        text = RELEASE.sub(rf"\g<1>{release}\g<3>", text)
    elif of_rows[2] != release:
        print(f"SKIPPED: the rows of {options.readme.name} are of nvcc {of_rows[2]}, the library is of {release}")
        return SKIPPED
    lines, complaints, rows = text.splitlines(), [], 0
    for i, line in enumerate(lines):
        if not (row := row_of(line)):
            continue
        rows += 1
        if not (kernel := kernels.get(row.kernel)):
            complaints.append(f"{row.kernel}: is not in {options.binary.name}")
        elif options.update:
            lines[i] = row.text(row.columns(kernel))
        else:
            complaints += [f"{row.kernel}: {complaint}" for complaint in row.complaints(kernel)]
    if options.update:
        options.readme.write_text("\n".join(lines) + "\n")
    print("\n".join([*complaints, f"{rows} kernels"]))
    return 1 if complaints or rows == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
