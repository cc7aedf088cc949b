"""The binary interface of liblimpid.so.1 is that of tests/c/limpid.abi: nothing that a program was linked with is gone or
otherwise than it was. What was added is told, and is no failure.

The library has no debug information to tell types by. The compiler holds its functions to the declarations of limpid.h,
so what abidiff compares is a library with these declarations and nothing behind them; that both have the same functions
is checked first.

Usage: abi_test.py CC SOURCE_FOLDER LIBRARY            exit code 77 where there is no abidiff (Debian: abigail-tools)
       abi_test.py CC SOURCE_FOLDER LIBRARY --write    makes what is there now the recorded one
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FUNCTION = re.compile(r"^LIMPID_API ([^;]*?\b(limpid_\w+)\([^;]*\));", re.MULTILINE)

# Bits of abidiff's exit code.
FAILED, CHANGED = 1 | 2, 4


def output_of(*command, allowed=0, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if done.returncode & ~allowed:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done


def declared(header):
    return {name: declaration for declaration, name in FUNCTION.findall(header)}


def exported(library):
    return set(re.findall(r" T (limpid_\w+)@@LIMPID_1$", output_of("nm", "-D", library).stdout, re.MULTILINE))


def library_of_declarations(cc, source, functions, folder):
    code = ['#include "engine/limpid.h"']
    code += [f"{declaration} {{ __builtin_trap(); }}" for declaration in functions.values()]
    (folder / "limpid.c").write_text("\n".join(code) + "\n")
    library = folder / "liblimpid.so.1"
    output_of(cc, "-g", "-shared", "-fPIC", f"-I{source}", "-Wl,-soname,liblimpid.so.1",
              f"-Wl,--version-script={source}/engine/c/exports.map", "-o", library, "limpid.c", cwd=folder)
    return library


def main():
    cc, source, library = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    recorded = source / "tests/c/limpid.abi"
    functions = declared((source / "engine/limpid.h").read_text())
    if different := functions.keys() ^ exported(library):
        sys.exit(f"declared in limpid.h or exported by {library}, but not both: {', '.join(sorted(different))}")
    if not shutil.which("abidiff"):
        print("there is no abidiff")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        made = library_of_declarations(cc, source, functions, pathlib.Path(name))
        if sys.argv[4:] == ["--write"]:
            output_of("abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--out-file", recorded, made)
            return
        kept = output_of("abidiff", "--no-added-syms", recorded, made, allowed=~FAILED)
        if kept.returncode & CHANGED:
            sys.exit(f"programs linked with liblimpid.so.1 would break:\n{kept.stdout}")
        added = output_of("abidiff", recorded, made, allowed=~FAILED)
        if added.returncode & CHANGED:
            print(f"added since the interface was recorded ({' '.join(map(str, sys.argv[:4]))} --write records it):\n"
                  f"{added.stdout}")


if __name__ == "__main__":
    main()
