#!/usr/bin/python3
"""The page of limpid explain in headless Chromium, opened as a file: what it says of a position is what limpid activations says.

    positions_test.py LIMPID

Exits with 77 (skipped) where Chromium, its driver or Selenium is missing.
"""

import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from browser_test import ActionChains, By, Keys, start_browser  # noqa: E402

LIMPID = pathlib.Path(sys.argv[1]).resolve()
PHOTO = pathlib.Path(__file__).parents[1] / "fixtures" / "rgb.jpg"
LAYER, UNITS = "mixed3b", 6
EXAMPLES = ("rgb.jpg", "gray8.png")


def read_npy(path):
    """The extents of a float32 array, and its values."""
    data = path.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    extents = [int(n) for n in re.search(r"'shape': \(([^)]*)\)", data[10:10 + length].decode())[1].split(",") if n.strip()]
    return extents, struct.unpack(f"<{(len(data) - 10 - length) // 4}f", data[10 + length:])


class Positions(unittest.TestCase):
    width, height, phone = 1200, 900, False

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="limpid-test-"))
        shutil.copy(PHOTO, cls.folder / "photo.jpg")
        cls.limpid("grid", f"{LAYER}:0-3", "--size", "64", "--steps", "1", "--no-sheet", "-q", "-o", "some")
        (cls.folder / "photos").mkdir()
        for name in EXAMPLES:
            shutil.copy(PHOTO.parent / name, cls.folder / "photos")
        cls.limpid("examples", "build", "photos", "-o", "mine", "--size", "64", "--layers", LAYER)
        cls.limpid("explain", "photo.jpg", LAYER, "--store", "some.limpid", "--examples", "mine", "-o", "site")
        cls.limpid("activations", "photo.jpg", LAYER, "-o", "map.npy")
        cls.extents, cls.values = read_npy(cls.folder / "map.npy")
        cls.browser = start_browser(cls.width, cls.height, cls.phone)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        shutil.rmtree(cls.folder)

    @classmethod
    def limpid(cls, *arguments):
        subprocess.run([LIMPID, *arguments], cwd=cls.folder, check=True, capture_output=True)

    def setUp(self):
        self.browser.get("about:blank")
        self.browser.get(f"file://{self.folder}/site/index.html")

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [])

    def point_at(self, y, x):
        photo = self.browser.find_element(By.ID, "photo")
        cell = photo.size["width"] / self.extents[2]
        middle = (self.extents[2] - 1) / 2  # Offsets are from the centre.
        ActionChains(self.browser).move_to_element_with_offset(
            photo, round((x - middle) * cell), round((y - middle) * cell)).perform()

    def heading(self):
        return self.browser.find_element(By.CSS_SELECTOR, "#detail h2").text

    def listed(self):
        rows = self.browser.find_elements(By.CSS_SELECTOR, "#detail ol:first-of-type .what")
        return [(row.find_element(By.TAG_NAME, "b").text, float(row.find_element(By.TAG_NAME, "span").text)) for row in rows]

    def expected(self, y, x):
        """The largest activations of a position, as limpid activations has them."""
        channels, height, width = self.extents
        vector = [self.values[(c * height + y) * width + x] for c in range(channels)]
        order = sorted(range(channels), key=lambda c: -vector[c])[:UNITS]
        return [(f"{LAYER}:{c}", vector[c]) for c in order if vector[c] > 0]

    def test_a_position_reads_its_activations(self):
        for y, x in ((7, 6), (0, 0), (11, 2)):
            self.point_at(y, x)
            self.assertEqual(self.heading(), f"{LAYER}@{y},{x}")
            expected, listed = self.expected(y, x), self.listed()
            self.assertGreater(len(expected), 0)
            self.assertEqual([name for name, _ in listed], [name for name, _ in expected])
            for (_, shown), (_, value) in zip(listed, expected):
                self.assertAlmostEqual(shown, value, delta=1e-4 * abs(value))

    def test_keys_and_addresses_choose_too(self):
        self.point_at(7, 6)
        photo = self.browser.find_element(By.ID, "photo")
        photo.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_UP)
        self.assertEqual(self.heading(), f"{LAYER}@6,7")
        self.assertTrue(self.browser.current_url.endswith("#6,7"))
        self.browser.execute_script("location.hash = '#2,3'")
        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        self.assertEqual(self.heading(), f"{LAYER}@2,3")
        photo.send_keys(*[Keys.ARROW_LEFT] * 5)  # Not beyond the edge.
        self.assertEqual(self.heading(), f"{LAYER}@2,0")

    def test_channels_have_their_examples(self):
        self.point_at(7, 6)
        strips = self.browser.find_elements(By.CSS_SELECTOR, "#detail .examples")
        self.assertEqual(len(strips), len(self.listed()))
        for strip in strips:
            tiles = strip.find_elements(By.CLASS_NAME, "tile")
            self.assertEqual(len(tiles), len(EXAMPLES))
            self.assertIn("examples.jpg", tiles[0].value_of_css_property("background-image"))
            # Two places of the sheet.
            self.assertEqual(len({tile.value_of_css_property("background-position") for tile in tiles}), len(EXAMPLES))

    def test_nothing_is_fetched_but_its_own_files(self):
        names = self.browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        for name in names:
            self.assertTrue(name.startswith(f"file://{self.folder}/site/"), name)
        self.assertLess((self.folder / "site/index.html").stat().st_size, 2_000_000)

    def test_it_fits_the_window(self):
        wide = self.browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        self.assertTrue(wide)


class PositionsOnAPhone(Positions):
    width, height, phone = 390, 844, True

    def point_at(self, y, x):
        """With a finger."""
        self.browser.execute_script("""
            const photo = document.getElementById('photo'), box = photo.getBoundingClientRect();
            const [y, x, rows] = arguments;
            photo.dispatchEvent(new PointerEvent('pointerdown', {pointerType: 'touch', bubbles: true,
              clientX: box.left + (x + 0.5) * box.width / rows, clientY: box.top + (y + 0.5) * box.height / rows}));
            """, y, x, self.extents[2])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
