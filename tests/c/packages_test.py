"""The packages that cpack makes: what is in them, and that the program runs out of them.

Usage: packages_test.py CPACK BUILD_FOLDER
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

CPACK, BUILD = sys.argv[1:3]
BARE = {"PATH": os.environ["PATH"]}


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Packages(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def pack(self, generator):
        run(CPACK, "-G", generator, "--config", pathlib.Path(BUILD) / "CPackConfig.cmake", "-B", self.folder / "packages",
            cwd=self.folder)

    def expect_running(self, prefix):
        program, = prefix.rglob("bin/limpid")
        self.assertRegex(run(program, "--version", env=BARE, cwd=self.folder), r"^limpid \d+\.\d+\.\d+")
        self.assertIn("limpid_default", run(program, "inspect", env=BARE, cwd=self.folder))
        library, = (path for path in prefix.rglob("liblimpid.so.*") if not path.is_symlink())
        self.assertNotIn(".symtab", run("readelf", "-S", library))

    @unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"), "this is not Debian")
    def test_debian(self):
        self.pack("DEB")
        package, = (self.folder / "packages").glob("limpid_*.deb")
        fields = dict(re.findall(r"^ (\S+): (.*)$", run("dpkg-deb", "-I", package), re.MULTILINE))
        self.assertEqual(fields["Package"], "limpid")
        self.assertRegex(fields["Version"], r"^\d+\.\d+\.\d+")
        for library in ("libc6", "libhdf5-103", "libdnnl"):
            self.assertIn(library, fields["Depends"])
        control = self.folder / "control"
        run("dpkg-deb", "-e", package, control)
        self.assertFalse((control / "conffiles").exists())
        self.assertIn("liblimpid 1 limpid", (control / "shlibs").read_text())
        files = run("dpkg-deb", "-c", package)
        for part in ("liblimpid_cuda", "liblimpid_mpi"):
            self.assertNotIn(part, files)
        for line in files.splitlines():
            self.assertRegex(line, r"^[dl-][r-][w-][x-][r-]-[x-]|^l", line)
            self.assertIn(" root/root ", line)
        run("dpkg-deb", "-x", package, self.folder / "root")
        self.expect_running(self.folder / "root")

    def test_archive(self):
        self.pack("TGZ")
        archive, = (self.folder / "packages").glob("limpid-*.tar.gz")
        with tarfile.open(archive) as packed:
            top = {name.partition("/")[0] for name in packed.getnames()}
            self.assertEqual(len(top), 1, top)
            packed.extractall(self.folder / "unpacked")
        self.expect_running(self.folder / "unpacked")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
