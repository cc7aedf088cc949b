"""Vectors to train dictionaries on, and the example that trains one."""
import pathlib
import tempfile

from support import SOURCE, Case, limpid, main, np, pictures, sys


class Streams(Case):
    def test_vectors_are_those_of_the_layer(self):
        x = pictures(3)
        batches = list(limpid.stream(self.net, x, "mixed3a", per_picture=10, rows=16))
        self.assertEqual([batch.shape for batch in batches], [(16, 256), (14, 256)])
        maps = np.moveaxis(self.net.activations(x, "mixed3a")["mixed3a"], 1, 3).reshape(-1, 256)
        rows = {row.tobytes() for row in maps}
        drawn = [row.tobytes() for row in np.concatenate(batches)]
        self.assertTrue(set(drawn) <= rows)
        self.assertEqual(len(set(drawn)), 30)

    def test_each_vector_comes_once_however_few_wait(self):
        x = pictures(4)
        maps = np.moveaxis(self.net.activations(x, "mixed3a")["mixed3a"], 1, 3).reshape(-1, 256)
        batches = list(limpid.stream(self.net, x, "mixed3a", per_picture=1000, by="uniform", rows=48, buffer=50))
        self.assertEqual([len(batch) for batch in batches], [48] * 5 + [16])
        self.assertTrue(all(batch.flags.owndata for batch in batches))
        self.assertEqual(sorted(row.tobytes() for row in np.concatenate(batches)), sorted(row.tobytes() for row in maps))

    def test_the_same_arguments_give_the_same(self):
        def made(**more):
            return np.concatenate(list(limpid.stream(self.net, pictures(4), "mixed3a", buffer=20, rows=8, **more)))

        np.testing.assert_array_equal(made(seed=1), made(seed=1))
        self.assertFalse(np.array_equal(made(seed=1), made(seed=2)))
        self.assertEqual(len(made(by="uniform", per_picture=1000)), 4 * 64)

    def test_positions_of_zeros_are_never_drawn_by_norm(self):
        from limpid.streaming import drawn
        activations = np.zeros((2, 3, 3), np.float32)
        activations[:, 1, 1] = 1
        random = np.random.default_rng(0)
        np.testing.assert_array_equal(drawn(activations, 5, "norm", random), np.ones((1, 2), np.float32))
        self.assertEqual(drawn(0 * activations, 5, "norm", random).shape, (0, 2))

    def test_mistakes(self):
        for wrong, said in (({"by": "size"}, "'size'"), ({"rows": 0}, "rows is 0"), ({"per_picture": -1}, "per_picture")):
            self.assert_error(limpid.UsageError, said, limpid.stream, self.net, [], "mixed3a", **wrong)


class Training(Case):
    def test_a_folder_without_pictures(self):
        sys.path.insert(0, str(pathlib.Path(SOURCE) / "tools/examples"))
        from train_dictionary import main as train_on
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(SystemExit) as raised:
            train_on(folder, "mixed3a", "8", "2", folder + "/out.npz")
        self.assertIn(f"no picture in '{folder}'", str(raised.exception))

    def test_a_planted_dictionary_is_found_again(self):
        sys.path.insert(0, str(pathlib.Path(SOURCE) / "tools/examples"))
        from train_dictionary import train
        random = np.random.default_rng(1)
        atoms = random.standard_normal((40, 48))
        atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)

        def batches():
            for _ in range(200):
                codes = random.uniform(0.5, 1.5, (256, 40))
                codes[np.argsort(random.random((256, 40)), 1) >= 2] = 0
                yield codes @ atoms + 0.3

        w, _ = train(batches(), features=60, kept=2, rate=0.01)
        found = (atoms @ w.T).max(1)
        self.assertGreaterEqual((found > 0.9).mean(), 0.9)


if __name__ == "__main__":
    main()
