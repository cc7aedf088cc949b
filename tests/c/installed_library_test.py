"""limpid as it is installed, in a folder that was moved since: what it finds by itself and where it does not look, and how
other projects find it.

Usage: installed_library_test.py CMAKE CC CXX BUILD_FOLDER SOURCE_FOLDER
"""
import json
import math
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

CMAKE, CC, CXX, BUILD, SOURCE = sys.argv[1:6]
EXAMPLES = pathlib.Path(SOURCE) / "tools/examples"
SIDE = 48

# What is installed, but for what is built where CUDA or MPI are; lib/ may be another folder.
FILES = """
bin/limpid
include/limpid/dlpack.h
include/limpid/limpid.h
lib/cmake/limpid/limpidConfig.cmake
lib/cmake/limpid/limpidConfigVersion.cmake
lib/cmake/limpid/limpidTargets-*.cmake
lib/cmake/limpid/limpidTargets.cmake
lib/liblimpid.so
lib/liblimpid.so.*
lib/liblimpid.so.1
lib/liblimpid_files.so
lib/pkgconfig/limpid.pc
share/bash-completion/completions/limpid
share/doc/limpid/FONT-LICENCE
share/doc/limpid/LICENSE
share/fish/vendor_completions.d/limpid.fish
share/limpid/default.h5
share/man/man1/limpid.1
share/zsh/site-functions/_limpid
""".split()

PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(consumer LANGUAGES C)
find_package(limpid {version} REQUIRED)
"""

# Loads the library by the name given, goes elsewhere, and says what becomes of a call.
SCRIPT = """
import ctypes, os, sys
limpid = ctypes.CDLL(sys.argv[1])
os.chdir(sys.argv[2])
limpid.limpid_last_error.restype = ctypes.c_char_p
network, session, labels = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_char_p()
def check(status):
    if status != 0:
        print(limpid.limpid_last_error().decode())
        sys.exit(status)
check(limpid.limpid_network_load(None, ctypes.byref(network)))
check(limpid.limpid_network_labels(network, ctypes.byref(labels)))
options = b'{"targets": ["conv2d0"], "device": "%s"}' % sys.argv[3].encode()
check(limpid.limpid_session_create(network, options, ctypes.byref(session)))
print(labels.value.decode())
"""


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def install(prefix):
    """Installs, and gives the list of what was, which is left to the build as it was: somebody may uninstall by it."""
    manifest = pathlib.Path(BUILD) / "install_manifest.txt"
    before = manifest.read_bytes() if manifest.exists() else None
    try:
        run(CMAKE, "--install", BUILD, "--prefix", prefix)
        return manifest.read_text()
    finally:
        manifest.unlink(missing_ok=True)
        if before is not None:
            manifest.write_bytes(before)


def chunk(kind, data):
    """Of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# As of a user who has neither weights nor limpid elsewhere.
BARE = {"PATH": os.environ["PATH"]}


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name).resolve()
        cls.manifest = install(cls.folder / "installed")
        cls.prefix = cls.folder / "moved"
        (cls.folder / "installed").rename(cls.prefix)
        library, = cls.prefix.rglob("liblimpid.so.1")
        cls.libraries = library.parent
        cls.weights = cls.prefix / "share/limpid/default.h5"
        # Where nothing may be found: the current folder, as whatever the library may be looked for in.
        cls.elsewhere = cls.folder / "elsewhere"
        for name in ("default.h5", "share/limpid/default.h5", "liblimpid_cuda.so", "lib/liblimpid_cuda.so"):
            (cls.elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.elsewhere / name).write_text("not to be looked at")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def ask(self, library, folder, device="cpu", **environment):
        """Status and line of the calls, by Python, which lies in a folder of its own."""
        done = subprocess.run([sys.executable, "-c", SCRIPT, str(library), str(self.elsewhere), device], cwd=folder,
                              env={**BARE, **environment}, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.strip()

    def test_weights_are_found_beside_the_library(self):
        for library, folder in ((self.libraries / "liblimpid.so.1", self.elsewhere),
                                ("./liblimpid.so.1", self.libraries)):
            status, said = self.ask(library, folder)
            self.assertEqual(status, 0, said)
            self.assertTrue(said.startswith("["), said)

    def test_nothing_is_taken_from_the_current_folder(self):
        kept = self.weights.with_suffix(".kept")
        self.weights.rename(kept)
        try:
            status, said = self.ask(self.libraries / "liblimpid.so.1", self.elsewhere)
        finally:
            kept.rename(self.weights)
        self.assertEqual(status, 2, said)
        tried = said.partition("tried ")[2].rstrip(")").split(", ")
        self.assertEqual(tried[0], str(self.weights))
        program = pathlib.Path(os.path.realpath(sys.executable)).parent
        self.assertEqual(tried[1:], [str(program.parent / "share/limpid/default.h5")])

    def test_files_are_read_by_the_library_beside(self):
        library, beside = self.libraries / "liblimpid.so.1", self.libraries / "liblimpid_files.so"
        kept = beside.with_suffix(".kept")
        beside.rename(kept)
        try:
            status, said = self.ask(library, self.elsewhere)
            self.assertEqual(status, 3, said)
            self.assertIn("part that reads files does not load", said)
            (self.folder / "other.c").write_text("int limpid_stand_in;\n")
            run(CC, "-shared", "-fPIC", "-o", beside, self.folder / "other.c")
            status, said = self.ask(library, self.elsewhere)
            self.assertEqual(status, 3, said)
            self.assertIn("liblimpid_files.so is of another version of limpid", said)
        finally:
            kept.rename(beside)

    def test_cuda_is_found_beside_the_library(self):
        # A driver that is none, and a backend that is none either: that it was loaded is told by what it lacks.
        stand_ins = self.folder / "driver"
        stand_ins.mkdir()
        (stand_ins / "nothing.c").write_text("int limpid_stand_in;\n")
        for name in ("libcuda.so.1", "liblimpid_cuda.so"):
            run(CC, "-shared", "-fPIC", "-o", stand_ins / name, stand_ins / "nothing.c")
        beside = self.libraries / "liblimpid_cuda.so"
        if beside.exists():
            beside.unlink()
        library = self.libraries / "liblimpid.so.1"
        status, said = self.ask(library, self.elsewhere, "cuda", LD_LIBRARY_PATH=str(stand_ins / "none"))
        self.assertNotEqual(status, 0)
        (stand_ins / "liblimpid_cuda.so").rename(beside)
        status, said = self.ask(library, self.elsewhere, "cuda", LD_LIBRARY_PATH=str(stand_ins))
        self.assertEqual(status, 3, said)
        self.assertIn("liblimpid_cuda.so is of another version of limpid", said)
        beside.unlink()
        status, said = self.ask(library, self.elsewhere, "cuda", LD_LIBRARY_PATH=str(stand_ins))
        self.assertEqual(status, 3, said)
        self.assertIn("the CUDA backend does not load", said)

    def test_all_files_are_there(self):
        libraries = str(self.libraries.relative_to(self.prefix))
        expected = {re.sub("^lib/", libraries + "/", name) for name in FILES}
        found = {str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*") if not path.is_dir()}
        found -= {f"{libraries}/liblimpid_{part}.so" for part in ("cuda", "mpi")}
        for pattern in ("liblimpid.so.*", "cmake/limpid/limpidTargets-*.cmake"):
            of_pattern = {str(path.relative_to(self.prefix)) for path in self.libraries.glob(pattern)}
            named = of_pattern - expected
            self.assertEqual(len(named), 1, named)
            found = found - named | {f"{libraries}/{pattern}"}
        self.assertEqual(found, expected)

    def test_no_file_needs_the_folders_it_was_made_in(self):
        for path in self.prefix.rglob("*"):
            if not path.is_file() or path == self.weights:
                continue
            content = path.read_bytes()
            if content.startswith(b"\x7fELF"):  # Where it names them for a debugger, that is no matter.
                content = os.fsencode(run("readelf", "-d", path))
                self.assertIn(b"[$ORIGIN", content, path)
            for folder in (BUILD, SOURCE, self.folder / "installed"):
                self.assertNotIn(os.fsencode(str(folder)), content, path)

    def test_the_program_runs(self):
        program = self.prefix / "bin/limpid"
        version = run(program, "--version", env=BARE, cwd=self.elsewhere).split()[1]
        self.assertEqual(version.partition("+")[0], self.version())
        self.assertIn("limpid_default", run(program, "inspect", env=BARE, cwd=self.elsewhere))

    def version(self):
        return re.search(r"project\(limpid VERSION (\S+)", (pathlib.Path(SOURCE) / "CMakeLists.txt").read_text()).group(1)

    def test_cmake_takes_no_other_version(self):
        folder = self.folder / "other_version"
        folder.mkdir()
        major, minor, _ = self.version().split(".")
        for other in (f"{major}.{int(minor) + 1}", f"{int(major) + 1}.0"):
            (folder / "CMakeLists.txt").write_text(PROJECT.format(version=other))
            with self.assertRaisesRegex(AssertionError, r"compatible\s+with requested version"):
                run(CMAKE, "-S", folder, "-B", folder / "build", f"-DCMAKE_C_COMPILER={CC}",
                    f"-DCMAKE_PREFIX_PATH={self.prefix}")

    def examples(self):
        """The examples, built by CMake against the moved installation."""
        folder = self.folder / "examples"
        if not folder.exists():
            run(CMAKE, "-S", EXAMPLES, "-B", folder, f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}",
                f"-DCMAKE_PREFIX_PATH={self.prefix}")
            run(CMAKE, "--build", folder)
        return folder

    def example(self, name, *arguments):
        return run(self.examples() / name, *arguments, env=BARE, cwd=self.elsewhere)

    def picture(self, name, colour_of):
        """A small PNG file of what `colour_of` makes of x and y."""
        path = self.folder / name
        rows = (bytes(int(min(max(value, 0), 1) * 255) for x in range(SIDE) for value in colour_of(x, y))
                for y in range(SIDE))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", SIDE, SIDE, 8, 2, 0, 0, 0)) +
                         chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b""))
        return path

    def expect_picture(self, path):
        """A PNG of three colours and of the side that the examples were asked for."""
        content = path.read_bytes()
        self.assertEqual(content[:8] + content[12:16], b"\x89PNG\r\n\x1a\nIHDR")
        self.assertEqual(struct.unpack(">2I2B", content[16:26]), (SIDE, SIDE, 8, 2))

    def disc(self):
        return self.picture("disc.png", lambda x, y: (1, .3, .2) if math.dist((x, y), (24, 24)) < 15 else (.2, .4, .8))

    def test_layers(self):
        names = [row["name"] for row in json.loads(self.example("layers"))]
        self.assertIn("mixed4a", names)
        with self.assertRaisesRegex(AssertionError, "none.h5"):
            self.example("layers", "none.h5")

    def test_a_loop_of_ones_own_climbs(self):
        picture = self.folder / "climbed.png"
        values = self.numbers(self.example("ascend", picture, "mixed3b:pre", 5, SIDE, 16))
        self.assertGreater(values[-1], values[0] + 1)
        self.expect_picture(picture)

    def test_a_loss_of_ones_own_falls(self):
        stripes = self.picture("stripes.png", lambda x, y: (.5 + .5 * math.sin(x), .5 + .5 * math.cos(x + y), .2))
        values = self.numbers(self.example("style", self.disc(), stripes, self.folder / "styled.png", 20))
        self.assertLess(values[-1], values[0] / 2)

    def test_a_render_branches(self):
        kept, otherwise = self.folder / "kept.png", self.folder / "otherwise.png"
        said = self.example("branch", kept, otherwise, "mixed3b:5", "mixed3b:7", SIDE, 16).splitlines()
        self.assertEqual([line.split(": ")[0] for line in said], [f"{path}, step 16" for path in (kept, otherwise)])
        self.expect_picture(kept)
        self.assertNotEqual(kept.read_bytes(), otherwise.read_bytes())

    def test_a_grid_is_pulled_and_gone_on_with(self):
        said = self.example("grid", self.folder / "kept.limpid", "mixed3b:4-6", SIDE, 3).splitlines()
        self.assertEqual(sorted(line.split(",")[0] for line in said),
                         [f'tile-{i}.png: "objective":"mixed3b:{4 + i}"' for i in range(3)])
        tiles = [self.elsewhere / f"tile-{i}.png" for i in range(3)]
        before = [tile.read_bytes() for tile in tiles]
        for tile in tiles:
            self.expect_picture(tile)
            tile.unlink()
        again = self.example("grid", self.folder / "kept.limpid", "mixed3b:4-6", SIDE, 3).splitlines()
        self.assertEqual(again, sorted(said))
        self.assertEqual([tile.read_bytes() for tile in tiles], before)

    def numbers(self, said):
        return [float(line.split(":")[1]) for line in said.splitlines()]

    def test_cxx_without_exceptions_classifies(self):
        said = self.example("classify", self.disc()).split()
        self.assertEqual(len(said), 10)
        probabilities = [float(value) for value in said[1::2]]
        self.assertEqual(probabilities, sorted(probabilities, reverse=True))
        self.assertGreater(probabilities[0], 1 / 189)

    def test_a_plugin_opens_it(self):
        said = self.example("plugin", self.libraries / "liblimpid.so.1")
        self.assertEqual(said.split()[1].partition("+")[0], self.version())
        self.assertNotIn("liblimpid", run("ldd", self.examples() / "plugin"))

    def test_python_calls_it(self):
        said = run(sys.executable, "-B", EXAMPLES / "activations.py", self.libraries / "liblimpid.so.1", self.disc(),
                   "mixed3a", env=BARE, cwd=self.elsewhere)
        strengths = [float(line.split()[1]) for line in said.splitlines()]
        self.assertEqual(len(strengths), 10)
        self.assertEqual(strengths, sorted(strengths, reverse=True))
        self.assertGreater(strengths[-1], 0)

    @unittest.skipUnless(shutil.which("pkg-config"), "there is no pkg-config")
    def test_pkg_config_finds_it(self):
        environment = {**BARE, "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "limpid", env=environment).split()
        self.assertEqual(run("pkg-config", "--modversion", "limpid", env=environment).strip(), self.version())
        program = self.folder / "by_pkg_config"
        run(CC, "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", EXAMPLES / "layers.c", "-o", program, *flags,
            f"-Wl,-rpath,{self.libraries}")
        self.assertTrue(run(program, env=BARE, cwd=self.elsewhere).startswith("["))

    def test_uninstall_leaves_nothing(self):
        prefix = self.folder / "again"
        manifest = self.folder / "manifest.txt"
        manifest.write_text(install(prefix))
        (prefix / "share/limpid/mine.h5").write_text("somebody's own")
        uninstall = [CMAKE, f"-DMANIFEST={manifest}", "-P", pathlib.Path(SOURCE) / "tools/uninstall.cmake"]
        run(*uninstall)
        left = [str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()]
        self.assertEqual(left, ["share/limpid/mine.h5"])
        self.assertFalse((prefix / "include/limpid").exists())
        run(*uninstall)  # Again: all is gone, and that is no error.


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
