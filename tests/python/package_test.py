"""The package as a whole: its examples, what it imports, its functions against limpid.h, networks, threads, errors."""
import doctest
import functools
import importlib
import multiprocessing
import os
import pathlib
import pickle
import pkgutil
import re
import shutil
import tempfile
import threading
import time

from support import LIBRARY, PACKAGE, SOURCE, Case, exit_of_a_fork, limpid, main, np, pictures, python

from limpid import _library


def activations_of(net, x):
    return net.activations(x, "mixed3a")["mixed3a"]


# How much larger the process is after many calls than after a tenth as many more before them.
LEAK = """
import gc, os
import numpy as np
import limpid

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

net = limpid.Network(device="cpu", threads=1)
session = limpid.Session(net, ["conv2d0"])
x = np.full((1, 3, 16, 16), 0.5, np.float32)

def passes(count):
    for _ in range(count):
        session.backward(session.forward(x))

def jobs(count):
    for _ in range(count):
        job = limpid.Job(net, "conv2d0:1", size=16, steps=1)
        job.step()
        job.save(), job.image

for work, count in ((passes, 5000), (jobs, 200)):
    work(count // 2)
    before = resident()
    work(count)
    print(resident() - before)
"""


class Package(Case):
    def test_examples_of_docstrings_run(self):
        names = [module.name for module in pkgutil.iter_modules([str(PACKAGE / "limpid")])]
        names = [name for name in names if not name.lstrip("_").startswith(("torch", "lucent"))]  # Run by their own.
        self.assertIn("session", names)
        modules = [importlib.import_module("limpid"), *(importlib.import_module(f"limpid.{name}") for name in names)]
        run = [doctest.testmod(module) for module in modules]
        self.assertEqual(sum(result.failed for result in run), 0)
        self.assertGreaterEqual(sum(result.attempted for result in run), 15)

    def test_no_framework_is_imported(self):
        code = "import limpid, sys; print([m for m in ('torch', 'cupy', 'jax', 'tqdm', 'PIL') if m in sys.modules])"
        self.assertEqual(python(code).stdout, "[]\n")

    def test_functions_are_those_of_the_header(self):
        header = pathlib.Path(SOURCE, "engine/limpid.h").read_text()
        declared = dict(re.findall(r"^LIMPID_API [^;]*?\blimpid_(\w+)\(([^;]*)\);", header, re.MULTILINE | re.DOTALL))
        counts = {name: 0 if text == "void" else text.count(",") + 1 for name, text in declared.items()}
        ours = {name: len(parameters) for name, parameters in _library.CHECKED.items()}
        ours.update({name: len(parameters) for name, (_, parameters) in _library.PLAIN.items()})
        self.assertEqual(ours, counts)

    def test_a_library_that_is_missing_is_said_in_one_line(self):
        done = python("import limpid", LIMPID_LIBRARY="/no/such/liblimpid.so.1")
        self.assertIn("ImportError: limpid's library was not found: /no/such/liblimpid.so.1", done.stderr)

    def test_kinds_of_errors(self):
        self.assert_error(limpid.InputError, "/no/such.h5", limpid.Network, "/no/such.h5")
        self.assert_error(limpid.InputError, "bytes", limpid.Network, b"no weights")
        self.assert_error(limpid.UsageError, "unknown layer 'mixed9'", self.net.activations, pictures(), ["mixed9"])
        self.assert_error(limpid.UsageError, "cuda", limpid.Session, self.net, ["mixed3a"], device="cuda:x")
        self.assertTrue(issubclass(limpid.UsageError, ValueError) and issubclass(limpid.OutOfMemory, MemoryError))

    def test_layers_and_labels(self):
        layers = self.net.layers(224, 320)
        self.assertEqual((layers["mixed4a"].height, layers["mixed4a"].width), (14, 20))
        self.assertEqual(len(self.net.labels), layers["softmax"].channels)

    def test_weights_as_bytes_and_by_pickle(self):
        x = pictures()
        expected = self.net.activations(x, "mixed3a")["mixed3a"]
        with open(f"{SOURCE}/weights/default.h5", "rb") as file:
            of_bytes = limpid.Network(file.read(), device="cpu")
        for net in (of_bytes, pickle.loads(pickle.dumps(of_bytes)), pickle.loads(pickle.dumps(self.net))):
            np.testing.assert_array_equal(net.activations(x, "mixed3a")["mixed3a"], expected)

    def test_a_pickle_is_of_the_file_wherever_the_process_goes(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(f"{SOURCE}/weights")
        net = limpid.Network("default.h5", device="cpu")
        os.chdir("/")
        again = pickle.loads(pickle.dumps(net))
        np.testing.assert_array_equal(activations_of(again, pictures()), activations_of(self.net, pictures()))

    def test_a_pickle_is_of_what_was_in_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "weights.h5")
            shutil.copy(f"{SOURCE}/weights/default.h5", name)
            net = limpid.Network(name, device="cpu")
            kept = pickle.dumps(net)
            np.testing.assert_array_equal(activations_of(pickle.loads(kept), pictures()), activations_of(net, pictures()))
            with open(name, "r+b") as file:
                file.write(b"\x89HDX")
            self.assert_error(limpid.InputError, f"'{name}' is not the file that was pickled", pickle.loads, kept)
            self.assert_error(limpid.InputError, f"'{name}' has changed", pickle.dumps, net)
            os.remove(name)
            self.assert_error(limpid.InputError, f"'{name}' cannot be read", pickle.loads, kept)

    def test_threads_share_a_network_and_not_its_sessions(self):
        expected = [self.net.activations(pictures(seed=i), "mixed3a")["mixed3a"] for i in range(4)]
        wrong = []

        def work(i):
            for _ in range(3):
                try:
                    if not np.array_equal(self.net.activations(pictures(seed=i), "mixed3a")["mixed3a"], expected[i]):
                        wrong.append(i)
                except limpid.Error as error:
                    wrong.append(error)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_other_threads_run_during_a_call(self):
        # A session that two threads use at once is refused by the library: the second came in while the first was there.
        session = limpid.Session(self.net, ["mixed4a"], threads=1)
        x, refused = np.zeros((2, 3, 128, 128), np.float32), threading.Event()

        until = time.monotonic() + 60

        def work():
            while time.monotonic() < until:
                try:
                    session.forward(x)
                except limpid.UsageError:
                    refused.set()
                if refused.is_set():
                    return

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(refused.is_set())

    def test_a_fork_while_another_thread_is_inside(self):
        x = pictures()
        self.net.activations(x, "mixed3a")
        with self.net._idle_lock:
            status = exit_of_a_fork(lambda: self.net.activations(x, "mixed3a"))
        self.assertEqual(status, 0)

    def test_other_processes(self):
        x = pictures()
        expected = self.net.activations(x, "mixed3a")["mixed3a"]
        for start in ("fork", "spawn"):
            with multiprocessing.get_context(start).Pool(2) as pool:
                for made in pool.map(functools.partial(activations_of, self.net), [x] * 3):
                    np.testing.assert_array_equal(made, expected)

    def test_ten_thousand_calls_leak_nothing(self):
        done = python(LEAK, LIMPID_LIBRARY=LIBRARY)
        grown = [int(number) for number in done.stdout.split()]
        self.assertEqual(len(grown), 2, done.stderr)
        # Of 10,000 passes, and of 200 jobs, in bytes: 20 bytes a pass would be more, and 2 KiB a job.
        self.assertLess(grown[0], 200_000)
        self.assertLess(grown[1], 400_000)

    def test_nothing_is_deleted_at_exit_under_threads_that_go_on(self):
        # Daemon threads may be inside: what ends with the process is let be, but for a grid, which has threads and a store.
        code = ("import limpid, sys\nfrom limpid import _tensor\nfrom limpid._library import library\n"
                "lib = library()\n"
                "def watch(name):\n"
                "    own = getattr(lib, name)\n"
                "    setattr(lib, name, lambda handle: (print(name, flush=True), own(handle)))\n"
                "for name in ('network_release', 'session_release', 'job_release', 'grid_close'): watch(name)\n"
                "_tensor._delete = lambda address: print('deleted', flush=True)\n"
                "net = limpid.Network(device='cpu'); session = limpid.Session(net, ['mixed3a'])\n"
                "job = limpid.Job(net, 'conv2d0:1', size=16)\n"
                "tiles = limpid.grid(net, 'conv2d0:1-2', size=16, steps=1); tile = next(tiles)\n")
        self.assertEqual(python(code, LIMPID_LIBRARY=LIBRARY).stdout, "grid_close\n")

    def test_functions_of_python_stay_everybodys(self):
        code = ("import ctypes; own = ctypes.pythonapi.PyCapsule_GetPointer; before = own.restype, own.argtypes; import limpid\n"
                "print((own.restype, own.argtypes) == before)")
        self.assertEqual(python(code, LIMPID_LIBRARY=LIBRARY).stdout, "True\n")

    def test_handles_are_released(self):
        code = ("import limpid, gc\nfrom limpid._library import library\n"
                "lib = library(); freed = []; own = lib.session_release\n"
                "lib.session_release = lambda handle: (freed.append(handle), own(handle))\n"
                "net = limpid.Network(device='cpu'); s = limpid.Session(net, ['mixed3a']); h = s._handle\n"
                "del net, s; gc.collect(); print(freed == [h])")
        self.assertEqual(python(code, LIMPID_LIBRARY=LIBRARY).stdout, "True\n")


if __name__ == "__main__":
    main()
