"""The library in a project of somebody else's: the README's example compiles there under that project's own flags.

Usage: embedding_test.py CMAKE CXX SOURCE
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CMAKE, CXX, SOURCE = sys.argv[1:4]

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
set(LIMPID_CUDA OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_subdirectory("{source}" limpid)
add_library(consumer STATIC example.cpp)
target_link_libraries(consumer PRIVATE limpid_engine)
foreach(name limpid_tool engine_test bench_ops)
  if(TARGET ${{name}})
    message(FATAL_ERROR "${{name}} is built in somebody else's project")
  endif()
endforeach()
"""

# What -Wall -Wextra -Wconversion would complain of: the consumer's own business.
OWN_STYLE = "\nint narrowed(double x, int unused) { int y = x; return y; }\n"


class Embedding(unittest.TestCase):
    def test_the_readmes_example_compiles(self):
        readme = (pathlib.Path(SOURCE) / "README.md").read_text()
        example = re.search(r"```cpp\n(.*?)```", readme, re.S).group(1)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "CMakeLists.txt").write_text(PROJECT.format(source=SOURCE))
            (folder / "example.cpp").write_text(example + OWN_STYLE)
            self.run_in(folder, [CMAKE, "-S", ".", "-B", "build", f"-DCMAKE_CXX_COMPILER={CXX}"])
            commands = json.loads((folder / "build/compile_commands.json").read_text())
            mine, = (one["command"] for one in commands if one["file"].endswith("/example.cpp"))
            self.assertNotRegex(mine, r" -W| -Werror| -fno-omit-frame-pointer")
            self.assertRegex(mine, r"-std=(gnu|c)\+\+2[0-9ab]")
            theirs = [one["command"] for one in commands if one["file"].startswith(SOURCE)]
            self.assertTrue(theirs)
            self.assertEqual([one for one in theirs if "-Werror" not in one], [])
            self.assertFalse([one for one in commands if "/tests/" in one["file"] or "/tools/" in one["file"]])
            # As the build would, but for the code: the library need not be built for that.
            self.run_in(folder / "build", mine.replace(" -c ", " -fsyntax-only -c "), shell=True)

    def run_in(self, folder, command, shell=False):
        done = subprocess.run(command, cwd=folder, shell=shell, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
