"""Grids: a render's pictures, whatever names them, stores that are gone on with, and every way to end one."""
import os
import pathlib
import signal
import subprocess
import tempfile
import threading

from support import PROGRAM, Case, exit_of_a_fork, limpid, main, np

from limpid.image import quantise


class Grids(Case):
    OPTIONS = {"size": 32, "steps": 3}

    def test_tiles_are_renders(self):
        jobs = ["mixed3a:3,7-8", {"objective": "conv2d0:1 - 0.1*tv", "seed": 5, "steps": 2}, "-mixed3a:3:pre@c"]
        made = sorted(limpid.grid(self.net, jobs, batch=2, **self.OPTIONS), key=lambda tile: tile.job)
        self.assertEqual([tile.objective for tile in made], ["mixed3a:3", "mixed3a:7", "mixed3a:8", "conv2d0:1 - 0.1*tv", "-mixed3a:3:pre@c"])
        self.assertEqual([tile.seed for tile in made], [0, 0, 0, 5, 0])
        for tile in made:
            options = {**self.OPTIONS, "seed": 5, "steps": 2} if tile.job == 3 else self.OPTIONS
            r = limpid.render(self.net, tile.objective, **options)
            np.testing.assert_array_equal(quantise(tile.image), quantise(r.image))
            np.testing.assert_array_equal(tile.curve[:-1], r.curve)
            self.assertEqual((tile.value, tile.failure), (tile.curve[-1], None))

    def test_a_layer_is_all_its_channels(self):
        with limpid.grid(self.net, ["conv2d0"], size=16, steps=1) as tiles:
            made = list(tiles)
        self.assertEqual({tile.objective for tile in made}, {f"conv2d0:{i}" for i in range(64)})
        self.assertEqual(list(tiles), [])

    def test_a_store_is_gone_on_with(self):
        with tempfile.TemporaryDirectory() as folder:
            store = pathlib.Path(folder) / "a.limpid"
            whole = {tile.job: quantise(tile.image) for tile in limpid.grid(self.net, "mixed3a:0-5", **self.OPTIONS)}
            with limpid.grid(self.net, "mixed3a:0-5", store=store, **self.OPTIONS) as tiles:
                first = next(tiles)
            again = list(limpid.grid(self.net, "mixed3a:0-5", store=store, **self.OPTIONS))
            self.assertIn(first.job, [tile.job for tile in again])
            self.assertEqual(len(again), 6)
            for tile in again:
                np.testing.assert_array_equal(quantise(tile.image), whole[tile.job])
            done = subprocess.run([PROGRAM, "export", store, pathlib.Path(folder) / "tiles"], capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_error(limpid.UsageError, "a.limpid", limpid.grid, self.net, "mixed3a:7", store=store, **self.OPTIONS)

    def test_ctrl_c_ends_the_work(self):
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        tiles = limpid.grid(self.net, ["conv2d0:1", {"objective": "conv2d0:2", "steps": 1000000}], size=32, steps=1)
        self.assertEqual(next(tiles).job, 0)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            next(tiles)
        self.assertEqual(list(tiles), [])

    def test_devices(self):
        made = [{tile.job: tile.image.tobytes() for tile in limpid.grid(self.net, "mixed3a:0-3", devices=devices, **self.OPTIONS)}
                for devices in (None, ["cpu"])]  # fmt: skip
        self.assertEqual(made[0], made[1])
        self.assert_error(limpid.UsageError, "give a list of devices", limpid.grid, self.net, "mixed3a:0-3", devices="cuda:0")
        with self.assertRaisesRegex(limpid.Error, "cuda:99|NVIDIA|CUDA"):
            list(limpid.grid(self.net, "mixed3a:0-3", devices=["cuda:99"], **self.OPTIONS))

    def test_cancel(self):
        tiles = limpid.grid(self.net, "conv2d0:1", size=32, steps=1000000)
        threading.Timer(0.2, tiles.cancel).start()
        self.assert_error(limpid.Cancelled, "cancelled", next, tiles)

    def test_a_forked_child_leaves_it_to_its_parent(self):
        with limpid.grid(self.net, "conv2d0:0-1", **self.OPTIONS) as tiles:
            next(tiles)
            self.assertEqual(exit_of_a_fork(tiles.close), 0)
            self.assertEqual(len(list(tiles)), 1)

    def test_a_tile_is_saved(self):
        with tempfile.TemporaryDirectory() as folder:
            tile, = limpid.grid(self.net, "conv2d0:1", progress=True, **self.OPTIONS)
            name = pathlib.Path(folder) / "a.png"
            tile.save(name)
            np.testing.assert_array_equal(quantise(limpid.read_picture(name)), quantise(tile.image))
            self.assertEqual(tile._repr_png_()[1:4], b"PNG")

    def test_mistakes(self):
        grid = limpid.grid
        self.assert_error(limpid.UsageError, "did you mean 'size'", grid, self.net, "conv2d0", szie=3)
        self.assert_error(limpid.UsageError, "a target is a text", grid, self.net, [3])
        with self.assertRaisesRegex(limpid.Error, "unknown layer 'mixed9'"):
            grid(self.net, "mixed9")
        with self.assertRaisesRegex(limpid.Error, "9999"):
            grid(self.net, "mixed3a:9999")
        with self.assertRaisesRegex(limpid.Error, "parameters are kept in a store"):
            grid(self.net, "conv2d0:1", keep_parameters=True)


if __name__ == "__main__":
    main()
