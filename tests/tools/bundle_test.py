#!/usr/bin/env python3
"""tools/bundle: what is packed, what is left to the other machine, and its limit."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tarfile
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "bundle"
loader = importlib.machinery.SourceFileLoader("bundle", str(SCRIPT))
bundle = importlib.util.module_from_spec(importlib.util.spec_from_loader("bundle", loader))
loader.exec_module(bundle)


class Bundle(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_fails(self, pattern, function, *arguments):
        with self.assertRaisesRegex(SystemExit, pattern), contextlib.redirect_stdout(io.StringIO()):
            function(*arguments)

    def test_the_c_library_and_cudas_are_left_out(self):
        for soname in ("libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libcudnn.so.9", "libcudnn_graph.so.9",
                       "libcufft.so.12", "libcublasLt.so.13", "libnvrtc.so.13", "libnvJitLink.so.13"):  # fmt: skip
            self.assertTrue(bundle.NOT_PACKED.match(soname), soname)
        for soname in ("libcurl.so.4", "libcrypto.so.3", "libstdc++.so.6", "libgomp.so.1", "libhdf5_serial.so.103"):
            self.assertFalse(bundle.NOT_PACKED.match(soname), soname)

    def test_gpu_tests_are_recognised(self):
        names = ["gpu_test", "gpu_engine_test", "engine_test", "gpu_tests", "gpu_check_test.py"]
        self.assertEqual([name for name in names if bundle.GPU_TEST.fullmatch(name)], names[:2])

    def test_needed_libraries_have_their_soname_and_no_c_library(self):
        found = bundle.needed_libraries([pathlib.Path(sys.executable).resolve()])
        self.assertFalse([soname for soname in found if soname.startswith(("libc.", "libm."))])
        for soname, path in found.items():
            self.assertRegex(soname, r"\.so")
            self.assertTrue(path.is_file(), path)

    def test_what_looks_elsewhere_for_libraries_is_refused(self):
        other = [pathlib.Path("/bin/ls")]
        self.assert_fails(r"does not look for libraries in \$ORIGIN/../lib", bundle.check_rpath, other)

    def test_an_archive_too_large_is_refused_and_the_largest_files_named(self):
        archive = self.folder / "tree.tar.xz"
        archive.write_bytes(bytes(3 * bundle.MIB))
        sizes = {"lib/small.so": 1, "lib/large.so": 4 * bundle.MIB}
        with contextlib.redirect_stdout(io.StringIO()):
            bundle.check_size(sizes, archive, 3, 2 * bundle.MIB, 5)
        self.assert_fails(r"exceeds 2 MiB; the largest files are lib/large\.so \(4\.0 MiB\)",
                          bundle.check_size, sizes, archive, 2, 0, 64)  # fmt: skip
        self.assertFalse(archive.exists())

    def test_an_archive_too_large_beside_the_repository_is_refused(self):
        archive = self.folder / "tree.tar.xz"
        archive.write_bytes(bytes(3 * bundle.MIB))
        self.assert_fails(r"and the repository's files exceed 64 MiB", bundle.check_size, {"bin/limpid": 9}, archive,
                          34, 62 * bundle.MIB, 64)  # fmt: skip
        self.assertFalse(archive.exists())

    def test_tracked_files_are_counted(self):
        self.assertGreater(bundle.tracked_bytes(), (bundle.ROOT / "weights" / "default.h5").stat().st_size)

    def test_weights_are_packed_once(self):
        bundle.pack_weights(self.folder / "default", None, None)
        packed = [path.name for path in (self.folder / "default" / "share" / "limpid").iterdir()]
        self.assertEqual(packed, ["default.h5"])
        converted = []
        self.addCleanup(setattr, bundle, "output_of", bundle.output_of)
        bundle.output_of = lambda *command: converted.append(command)
        bundle.pack_weights(self.folder / "given", "limpid", "bvlc.h5")
        self.assertEqual(list((self.folder / "given" / "share" / "limpid").iterdir()), [])
        self.assertEqual(converted[0][:3], ("limpid", "convert", "bvlc.h5"))

    def test_the_archive_holds_the_tree(self):
        tree = self.folder / "tree"
        tree.mkdir()
        (tree / "file").write_text("text", encoding="utf-8")
        packed = bundle.archive(tree)
        with tarfile.open(packed) as archive:
            self.assertEqual(archive.getnames(), ["tree", "tree/file"])

    def test_the_newest_symbols_of_the_c_library_are_told(self):
        self.assertRegex(bundle.glibc_needed([pathlib.Path(sys.executable).resolve()]), r"^2\.\d+$")

    def test_a_folder_of_another_kind_is_left_alone(self):
        kept = self.folder / "kept"
        kept.touch()
        before, sys.argv = sys.argv, ["bundle", str(self.folder), "--no-build"]
        self.addCleanup(setattr, sys, "argv", before)
        self.assert_fails("is not a bundle", bundle.main)
        self.assertTrue(kept.exists())


if __name__ == "__main__":
    unittest.main()
