#!/usr/bin/python3
"""A gallery in headless Chromium, opened as a file: what people click, type and press does what it should.

    browser_test.py SAMPLE_GALLERY [SCREENSHOTS]

SAMPLE_GALLERY is the program that writes a gallery of stripes. With a second argument, a folder, pictures of the page
are left there. Exits with 77 (skipped) where Chromium, its driver or Selenium is missing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(SKIPPED)

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
if not CHROMIUM or not DRIVER:
    print("skipped: chromium or chromium-driver is not installed")
    sys.exit(SKIPPED)

CHANNELS = 300
TOTAL = 2 * CHANNELS + 4
SITE = ""
SCREENSHOTS = ""


def start_browser(width, height, phone=False):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox refuses root.
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if phone:
        metrics = {"width": width, "height": height, "pixelRatio": 2.0, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


class Page(unittest.TestCase):
    """One browser for all tests of a class; each test opens the page anew."""

    width, height, phone = 1280, 900, False

    @classmethod
    def setUpClass(cls):
        cls.browser = start_browser(cls.width, cls.height, cls.phone)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def setUp(self):
        self.open("")

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [])

    def open(self, fragment):
        self.browser.get("about:blank")
        self.browser.get(f"file://{SITE}/index.html{fragment}")
        self.script("document.activeElement.blur()")

    def script(self, code, *arguments):
        return self.browser.execute_script(code, *arguments)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def tiles(self):
        return self.script("return [...document.querySelectorAll('.tile')].map((tile) => tile.getAttribute('href'))")

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def fragment(self):
        return self.script("return location.hash")

    def opened(self):
        """Name of the picture in the detail view, or None."""
        return self.script("return document.getElementById('detail').open ? "
                           "document.getElementById('detail-name').textContent : null")

    def focused(self):
        return self.script("return document.activeElement.getAttribute('href') || document.activeElement.id")

    def moved(self, key):
        """What has the focus once the key took it elsewhere: a key that comes before is one too many or too few."""
        before = self.focused()
        self.keys(key)
        self.wait(lambda: self.focused() != before, f"the focus to leave {before}")
        return self.focused()

    def eventually(self, value, expected, message=None):
        """Equality, at the latest ten seconds from now: the page reacts after the key has been dealt with."""
        end = time.monotonic() + 10
        while value() != expected and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(value(), expected, message)

    def wait_for_text(self, selector, text):
        self.eventually(lambda: self.text(selector), text)

    def tile_width(self):
        # In one step, for tiles are made anew when the page is laid out.
        return self.script("return document.querySelector('.tile').getBoundingClientRect().width")

    def keys(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()

    def wait(self, condition, what):
        end = time.monotonic() + 10
        while not condition():
            self.assertLess(time.monotonic(), end, f"waited in vain for {what}")
            time.sleep(0.02)

    def search(self, text):
        box = self.find("#search")
        box.clear()
        box.send_keys(text)

    def screenshot(self, name):
        if SCREENSHOTS:
            time.sleep(0.4)
            self.browser.save_screenshot(os.path.join(SCREENSHOTS, name + ".png"))


class Desktop(Page):
    def test_shows_what_the_data_says(self):
        self.assertEqual(self.text("#title"), "Stripes <i>& more")
        self.wait_for_text("#count", f"{TOTAL} pictures")
        self.assertEqual(self.text("#about"), "made without a network")
        self.eventually(lambda: self.tiles()[0], "#mixed3b:0")
        self.screenshot("light")

    def test_only_tiles_near_the_window_exist(self):
        self.assertLess(len(self.tiles()), TOTAL / 2)
        self.script("scrollTo(0, document.documentElement.scrollHeight)")
        self.wait(lambda: f"#mixed4a:{CHANNELS}" in self.tiles(), "the last tile")
        self.assertNotIn("#mixed3b:0", self.tiles())

    def test_tiles_show_their_own_picture(self):
        # Number 17 is in column 1 and row 1 of sixteen each.
        image, position, size = self.script(
            "const style = document.querySelector('[href=\"#mixed3b:17\"]').style;"
            "return [style.backgroundImage, style.backgroundPosition, style.backgroundSize]")
        self.assertIn("sheets/medium-0.jpg", image)
        self.assertEqual(size, "1600% 1600%")
        for percentage in position.split():
            self.assertAlmostEqual(float(percentage.rstrip("%")), 100 / 15, places=3)

    def test_search(self):
        cases = {
            "4a 7": ["#mixed4a:7?q=4a+7"],
            "mixed4a:7": ["#mixed4a:7?q=mixed4a%3A7"],
            "3B 5-6 9": ["#mixed3b:5?q=3B+5-6+9", "#mixed3b:6?q=3B+5-6+9", "#mixed3b:9?q=3B+5-6+9"],
            "-": ["#-mixed4a:11?q=-"],
            "seed=2": ["#mixed4a:11~2?q=seed%3D2"],
        }
        for text, tiles in cases.items():
            self.search(text)
            self.eventually(self.tiles, tiles, text)
            self.wait_for_text("#count", f"{len(tiles)} of {TOTAL}")
        self.search("5x5")
        self.eventually(self.tiles, [])
        self.assertTrue(self.find("#empty").is_displayed())
        self.find("#clear").click()
        self.wait_for_text("#count", f"{TOTAL} pictures")

    def test_layer_and_sort(self):
        self.script("const box = document.getElementById('layer'); box.value = 'mixed4a';"
                    "box.dispatchEvent(new Event('change'))")
        self.wait_for_text("#count", f"{CHANNELS + 4} of {TOTAL}")
        self.assertEqual(self.fragment(), "#?layer=mixed4a")
        values = "return limpidGallery.pictures"
        self.script("const box = document.getElementById('sort'); box.value = 'high';"
                    "box.dispatchEvent(new Event('change'))")
        by_key = {picture["key"]: picture.get("value", float("-inf")) for picture in self.script(values)}
        shown = [by_key[tile[1:].split("?")[0]] for tile in self.tiles()]
        self.assertEqual(shown, sorted(shown, reverse=True))
        self.assertEqual(self.fragment(), "#?layer=mixed4a&sort=high")

    def test_click_opens_the_picture(self):
        self.find('.tile[href="#mixed3b:3"]').click()
        self.wait(lambda: self.opened() == "mixed3b 3", "the picture")
        self.assertEqual(self.fragment(), "#mixed3b:3")
        self.assertTrue(self.find("#detail-stage img").get_attribute("src").endswith("/pictures/3.jpg"))
        self.wait(lambda: self.script("return document.querySelector('#detail-stage img').naturalWidth") == 64,
                  "the picture's file")
        self.assertEqual(self.text("#command-text"), "limpid render mixed3b:3 --seed 0 --size 64 --steps 48")
        self.assertEqual(self.find("#curve-plot").get_attribute("aria-label"),
                         "Objective over 48 steps: from 0 to 27.71")
        self.assertEqual(self.script("return document.querySelectorAll('#detail-neighbours li').length"), 12)
        self.screenshot("detail")
        self.find("#detail-close").click()
        self.wait(lambda: self.opened() is None, "the end of it")
        self.eventually(self.focused, "#mixed3b:3")

    def test_examples_stand_in_bands(self):
        self.open("#mixed3b:7")
        self.wait(lambda: self.opened() == "mixed3b 7", "the picture")
        names = self.script("return [...document.querySelectorAll('#detail-examples figcaption')]"
                            ".map((caption) => caption.textContent)")
        self.assertEqual(names, ["maximum", "minimum"])
        self.assertEqual(self.text("#examples-about"), "some <b>stripes")
        values = self.script("return [...document.querySelectorAll('#detail-examples .thumbnail')]"
                             ".map((image) => image.title)")
        self.assertEqual(values, ["93", "92", "91", "90", "89", "\u22120.5"])
        backgrounds = self.script("return [...document.querySelectorAll('#detail-examples .thumbnail')]"
                                  ".map((image) => image.style.backgroundImage + image.style.backgroundPosition)")
        self.assertIn("sheets/examples-0.jpg", backgrounds[0])
        self.assertEqual(len(set(backgrounds)), 5)
        self.assertEqual(backgrounds[5], backgrounds[2])
        self.find("#detail-examples").location_once_scrolled_into_view
        self.screenshot("examples")
        strokes = self.script("return [...document.querySelectorAll('#examples-spread rect')].map((stroke) =>"
                              " [getComputedStyle(stroke).fill, stroke.x.baseVal.value, stroke.width.baseVal.value])")
        keys = self.script("return [...document.querySelectorAll('#detail-examples .band figcaption')].map((caption) =>"
                           " getComputedStyle(caption, '::before').backgroundColor)")
        self.assertEqual([stroke[0] for stroke in strokes], keys)
        # Of the axis from -10 to 100, 320 wide, a stroke covers 89 to 93, and is seen at -0.5.
        self.assertAlmostEqual(strokes[0][1], 320 * 99 / 110 - 2, places=3)
        self.assertAlmostEqual(strokes[0][1] + strokes[0][2], 320 * 103 / 110 + 2, places=3)
        self.assertAlmostEqual(strokes[1][1], 320 * 9.5 / 110 - 2, places=3)
        self.assertEqual([self.text("#spread-low"), self.text("#spread-high")], ["\u221210", "100"])
        bars = self.script("return document.querySelector('.spread-bars').getAttribute('d')")
        self.assertEqual(bars.count("M"), 4)
        self.assertIn("M0 56v-56h", bars)
        self.open("#mixed4a:7")
        self.wait(lambda: self.opened() == "mixed4a 7", "the other picture")
        self.assertFalse(self.find("#detail-examples").is_displayed())

    def test_examples_show_where_the_unit_is_active(self):
        self.open("#mixed3b:7")
        self.wait(lambda: self.opened() == "mixed3b 7", "the picture")

        def seen():
            return self.script("return [...document.querySelectorAll('#detail-examples canvas')]"
                               ".filter((canvas) => canvas.offsetWidth > 0).length")
        self.assertEqual(seen(), 0)
        self.find("#examples-overlay").click()
        self.assertEqual(seen(), 6)
        self.assertEqual(self.find("#examples-overlay").get_attribute("aria-pressed"), "true")
        # Of example 7: nothing, 7 of 15, all; in the second row nothing.
        alphas = self.script("const canvas = document.querySelector('#detail-examples canvas');"
                             "const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
                             "return [canvas.width, canvas.height, ...data.filter((_, i) => i % 4 === 3)]")
        self.assertEqual(alphas, [3, 2, 0, 7 * 17, 255, 0, 0, 0])
        covered = self.script("const at = (name) => document.querySelector('#detail-examples ' + name).getBoundingClientRect();"
                              "const [a, b] = [at('.thumbnail'), at('canvas')];"
                              "return [a.x - b.x, a.y - b.y, a.width - b.width, a.height - b.height].map(Math.abs)")
        self.assertLess(max(covered), 0.5)
        self.find("#examples-bands").location_once_scrolled_into_view
        self.screenshot("overlay")
        self.keys(Keys.ARROW_RIGHT)
        self.eventually(self.opened, "mixed3b 8")
        self.assertEqual(seen(), 6)
        self.find("#examples-overlay").click()
        self.assertEqual(seen(), 0)

    def test_siblings_stand_side_by_side(self):
        self.open("#mixed4a:11~0")
        self.eventually(self.opened, "mixed4a 11 · seed 0")
        captions = self.script("return [...document.querySelectorAll('#detail-stage figcaption')]"
                               ".map((caption) => caption.textContent)")
        self.assertEqual(captions, ["maximised", "minimised"])
        strip = self.script("return [...document.querySelectorAll('#detail-siblings li')].map((item) => item.textContent)")
        self.assertEqual(strip, ["minimised", "seed 1", "seed 2"])
        self.screenshot("siblings")
        self.find("#detail-stage a").click()
        self.wait(lambda: self.opened() == "mixed4a \u221211", "the minimised one")
        self.browser.back()
        self.wait(lambda: self.opened() == "mixed4a 11 · seed 0", "the way back")

    def test_a_failed_job_says_why(self):
        self.open(f"#mixed4a:{CHANNELS}")
        self.assertEqual(self.text("#detail-failure"), "loss is not finite at step 1 <b>&amp;")
        self.assertEqual(self.script("return document.querySelectorAll('#detail-stage img').length"), 0)

    def test_keys(self):
        self.keys("/")
        self.eventually(self.focused, "search")
        self.keys("4a 5-8", Keys.ENTER)
        self.eventually(self.focused, "#mixed4a:5?q=4a+5-8")
        self.keys(Keys.ARROW_RIGHT)
        self.eventually(self.focused, "#mixed4a:6?q=4a+5-8")
        self.keys(Keys.END)
        self.eventually(self.focused, "#mixed4a:8?q=4a+5-8")
        self.keys(Keys.HOME, Keys.ENTER)
        self.wait(lambda: self.opened() == "mixed4a 5", "the picture")
        self.keys(Keys.ARROW_RIGHT)
        self.eventually(self.opened, "mixed4a 6")
        self.keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
        self.eventually(self.opened, "mixed4a 5")
        self.keys(Keys.ESCAPE)
        self.wait(lambda: self.opened() is None, "the end of it")
        self.eventually(self.focused, "#mixed4a:5?q=4a+5-8")
        self.keys("/")
        self.eventually(self.focused, "search")
        self.keys(Keys.ESCAPE)
        self.wait_for_text("#count", f"{TOTAL} pictures")
        first = self.moved(Keys.ARROW_DOWN)
        for key in [Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP]:
            self.moved(key)
        self.assertEqual(self.moved(Keys.ARROW_UP), first)

    def test_help_and_zoom(self):
        self.keys("?")
        self.assertTrue(self.script("return document.getElementById('help').open"))
        self.screenshot("help")
        self.keys(Keys.ESCAPE)
        self.assertFalse(self.script("return document.getElementById('help').open"))
        before = self.tile_width()
        self.keys(Keys.ARROW_DOWN, Keys.HOME, "+", "+")
        self.assertGreater(self.tile_width(), before)
        self.eventually(self.focused, "#mixed3b:0")
        self.keys("-", "-", "-", "-", "-", "-", "-")
        self.assertLess(self.tile_width(), before)
        self.screenshot("small")

    def test_addresses_lead_back(self):
        self.open("#mixed4a:20?layer=mixed4a&sort=low&q=20-29")
        self.eventually(self.opened, "mixed4a 20")
        self.wait_for_text("#count", f"10 of {TOTAL}")
        self.assertEqual(self.find("#sort").get_attribute("value"), "low")
        self.open("#mixed4a:11")  # No key of this gallery, but an objective.
        self.eventually(self.opened, "mixed4a 11 · seed 0")
        self.open("#%E0%A4%A?layer=none&sort=none")
        self.assertIsNone(self.opened())
        self.wait_for_text("#count", f"{TOTAL} pictures")

    def test_dark_and_light(self):
        def background():
            return self.script("return getComputedStyle(document.body).backgroundColor")

        def prefer(scheme):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                         {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        prefer("light")
        light = background()
        prefer("dark")
        dark = background()
        self.assertNotEqual(light, dark)
        self.screenshot("dark")
        self.keys("t")
        self.assertEqual(background(), light)
        self.open("")
        self.assertEqual(background(), light)
        self.find("#theme").click()
        self.assertEqual(background(), dark)
        self.script("localStorage.clear()")
        prefer("")

    def test_everything_has_a_name(self):
        nameless = self.script(
            "return [...document.querySelectorAll('button, input, select, a')].filter((element) =>"
            " !(element.getAttribute('aria-label') || element.textContent.trim())).map((element) => element.outerHTML)")
        self.assertEqual(nameless, [])
        first = self.find(".tile")
        self.assertEqual(first.get_attribute("aria-label"), "mixed3b channel 0, objective 6.928")
        self.assertEqual(first.get_attribute("aria-setsize"), str(TOTAL))

    def test_scrolls_through_everything_without_holding_it(self):
        self.script("document.getElementById('zoom').value = 0;"
                    "document.getElementById('zoom').dispatchEvent(new Event('input'))")
        self.assertIn("#mixed3b:200", self.tiles())
        style = self.script("return document.querySelector('.tile').style.backgroundImage")
        self.assertIn("sheets/small-0.jpg", style)


class Phone(Page):
    width, height, phone = 390, 844, True

    def test_nothing_is_wider_than_the_screen(self):
        for fragment, name in (("", "phone"), ("#mixed4a:11~0", "phone-detail"), ("#mixed3b:7", "phone-examples"), ("#?q=4a", "phone-search")):
            self.open(fragment)
            wide = self.script("return [document.documentElement.scrollWidth, innerWidth,"
                               " document.getElementById('detail').scrollWidth]")
            self.assertEqual(wide[0], 390, fragment)
            self.assertEqual(wide[1], 390, fragment)
            self.assertLessEqual(wide[2], 390, fragment)
            if name == "phone-examples":
                self.find("#examples-overlay").click()  # It is scrolled to.
            self.screenshot(name)

    def test_buttons_are_large_enough_for_fingers(self):
        self.open("#mixed4a:11~0")
        for size in self.script("return [...document.querySelectorAll('.detail-head button, .bar button')]"
                                ".filter((button) => button.offsetWidth)"
                                ".map((button) => Math.min(button.offsetWidth, button.offsetHeight))"):
            self.assertGreaterEqual(size, 40)

    def test_two_fingers_zoom(self):
        before = self.tile_width()
        self.script("""
            const sheet = document.getElementById('sheet');
            const touch = (id, y) => new Touch({identifier: id, target: sheet, clientX: 100, clientY: y});
            const send = (type, a, b) => sheet.dispatchEvent(new TouchEvent(
                type, {touches: [touch(1, a), touch(2, b)], bubbles: true, cancelable: true}));
            send('touchstart', 300, 400);
            send('touchmove', 250, 450);""")
        self.assertGreater(self.tile_width(), 1.5 * before)


def main():
    global SITE, SCREENSHOTS
    program = os.path.abspath(sys.argv[1])
    SCREENSHOTS = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as folder:
        SITE = os.path.join(folder, "site")
        subprocess.run([program, SITE, str(CHANNELS)], check=True)
        result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
