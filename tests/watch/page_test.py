#!/usr/bin/python3
"""limpid watch from outside: who is let in, what is refused, what stalled clients cost; then its page in headless Chromium.

    page_test.py Server|Browser LIMPID [SCREENSHOTS]

With a third argument, a folder, pictures of the page are left there. `Browser` exits with 77 (skipped) where Chromium, its
driver or Selenium is missing.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import zlib

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
PART = sys.argv[1]
LIMPID = os.path.abspath(sys.argv[2])
SCREENSHOTS = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
SKIPPED = 77
JOB = ["mixed3a:11 - 0.5*mixed3a:3", "--size", "64", "--threads", "1", "--transforms",
       "pad(4) jitter(8) scale(0.9..1.1) noise(0)"]
PATIENCE = 120


def png(width, height, colour):
    """A PNG file; colours by place."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in colour(x, y)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def film_milliseconds(film):
    """How long a WebP animation shows its frames, once."""
    at, total = 12, 0
    while at < len(film):
        name, size = film[at:at + 4], int.from_bytes(film[at + 4:at + 8], "little")
        if name == b"ANMF":
            total += int.from_bytes(film[at + 20:at + 23], "little")
        at += 8 + size + size % 2
    return total


class Watched:
    """The program, and requests to it."""

    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen([LIMPID, "watch", *arguments], cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise RuntimeError(self.process.stderr.read())
        parts = urllib.parse.urlsplit(self.address)
        self.port, self.folder = parts.port, parts.path

    def request(self, method, name, body=None, path=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, self.folder + name if path is None else path, body,
                               {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer
        finally:
            connection.close()

    def post(self, name, body=""):
        status, text, _ = self.request("POST", name, body)
        if status != 200:
            raise RuntimeError(text.decode())
        return json.loads(text)["step"]

    def get(self, name):
        status, body, _ = self.request("GET", name)
        if status != 200:
            raise RuntimeError(f"{name}: {status}: {body[:200]}")
        return body

    def memory(self):
        """Bytes that are resident."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def close(self, how=signal.SIGINT):
        """The exit code and what was said."""
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


class WatchCase(unittest.TestCase):
    words, arguments = (*JOB, "--steps", "100000"), ()

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.prepare()
        cls.watched = Watched(cls.scratch.name, *cls.words, *cls.arguments)

    @classmethod
    def prepare(cls):
        """What must be there before the program begins."""

    @classmethod
    def tearDownClass(cls):
        try:
            if cls.watched.process.poll() is None:
                cls.watched.close()
        finally:
            cls.scratch.cleanup()

    def file(self, name):
        return os.path.join(self.scratch.name, name)

    def replay(self, log, *arguments):
        """The bytes that the log makes."""
        with open(self.file("replay.json"), "wb") as file:
            file.write(log)
        done = subprocess.run([LIMPID, "watch", "--replay", "replay.json", "-o", "again.png", "--threads", "1", *arguments],
                              cwd=self.scratch.name, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.file("again.png"), "rb") as file:
            return file.read()

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        self.fail(f"waited in vain for {what}")


class Server(WatchCase):
    def test_only_who_has_the_address_is_let_in(self):
        w = self.watched
        self.assertRegex(w.address, r"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$")
        self.assertEqual(w.request("GET", "")[0], 200)
        wrong = "/" + "0" * 32 + "/"
        for path in (wrong, wrong + "events", "/", "/watch.js", w.folder[:-2] + "/", w.folder.upper() + "x"):
            self.assertEqual(w.request("GET", "", path=path)[0], 403, path)
        self.assertEqual(w.request("POST", "", "{}", path=wrong + "pause")[0], 403)

    def test_other_hosts_and_origins_are_refused(self):
        w = self.watched
        own = f"127.0.0.1:{w.port}"
        for host in ("evil.example", f"evil.example:{w.port}", "127.0.0.1.evil.example", "", f"0.0.0.0:{w.port}"):
            self.assertEqual(w.request("GET", "", Host=host)[0], 403, host)
        for host in (f"localhost:{w.port}", own):
            self.assertEqual(w.request("GET", "", Host=host)[0], 200, host)
        for origin in ("http://evil.example", "null", "https://" + own, f"http://localhost:{w.port}"):
            self.assertEqual(w.request("POST", "pin", Host=own, Origin=origin)[0], 403, origin)
        self.assertEqual(w.request("POST", "pause", Host=own, Origin="http://" + own)[0], 200)
        w.post("run")

    def test_every_answer_tells_browsers_to_be_strict(self):
        for name in ("", "watch.js", "watch.css", "nothing"):
            answer = self.watched.request("GET", name)[2]
            self.assertIn("default-src 'none'", answer.getheader("Content-Security-Policy"), name)
            self.assertNotIn("unsafe", answer.getheader("Content-Security-Policy"))
            self.assertEqual(answer.getheader("X-Content-Type-Options"), "nosniff")
            self.assertEqual(answer.getheader("Referrer-Policy"), "no-referrer")
            self.assertIsNone(answer.getheader("Access-Control-Allow-Origin"))

    def test_damaged_requests_get_one_line(self):
        w = self.watched
        for name, body in (("set", "{"), ("set", ""), ("set", '{"seed": 1}'), ("set", '{"objective": "mixed3a:9999"}'),
                           ("set", "[" * 60000), ("set", b'{"objective": "\xff"}'), ("step", '{"count": -1}'), ("rewind", '{"pin": 9}')):
            status, text, _ = w.request("POST", name, body)
            self.assertEqual(status, 400, (name, text[:100]))
            self.assertEqual(text.count(b"\n"), 1, text)
        self.assertEqual(w.request("POST", "set", "x" * (1 << 20))[0], 413)
        self.assertEqual(w.request("POST", "nothing", "{}")[0], 404)
        self.assertEqual(w.request("GET", "../../etc/passwd")[0], 404)
        with socket.create_connection(("127.0.0.1", w.port), timeout=PATIENCE) as client:
            client.sendall(f"POST {w.folder}set HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            self.assertIn(b" 411 ", client.recv(100))
        self.assertEqual(w.post("run") >= 0, True)

    def test_a_port_is_nobody_elses(self):
        second = subprocess.run([LIMPID, "watch", *JOB, "--port", str(self.watched.port)], cwd=self.scratch.name,
                                capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((second.returncode, second.stdout), (2, ""))
        self.assertEqual(second.stderr, f"limpid watch: port {self.watched.port} of 127.0.0.1 cannot be had; "
                                        "--port 0 takes any that is free\n")

    def test_fifty_stalled_clients_keep_nobody_waiting(self):
        w = self.watched
        before, files = w.post("run"), w.open_files()
        stalled = []
        for i in range(50):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.connect(("127.0.0.1", w.port))
            if i % 5:
                client.sendall(f"GET {w.folder}events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            else:
                client.sendall(b"POST / HTTP/1.1\r\nHost: 127")  # And never the rest.
            stalled.append(client)
        self.wait(lambda: w.open_files() >= files + 40, "them to be connected")
        self.wait(lambda: w.post("run") >= before + 5, "five steps")
        memory = w.memory()
        at = w.post("run")
        self.wait(lambda: w.post("run") >= at + 20, "twenty steps more")
        self.assertTrue(w.get("watch.css"))
        self.assertLess(w.memory(), memory + (16 << 20))
        for client in stalled:
            client.close()
        self.assertTrue(w.get("watch.js"))
        self.wait(lambda: w.open_files() <= files, "what the clients held to be closed")

    def test_another_layer_and_a_photo_are_in_the_log(self):
        w = self.watched
        before = w.post("run")
        w.post("begin", '{"objective": "mixed3b:7"}')
        with open(self.file("photo.png"), "wb") as file:
            file.write(png(8, 4, lambda x, y: (255, 0, 0) if x < 4 else (0, 0, 255)))
        with open(self.file("photo.png"), "rb") as file:
            at = w.post("photo", file.read())
        self.assertGreaterEqual(at, before)
        self.wait(lambda: w.post("run") >= at + 2, "two steps")
        w.post("pause")
        log, picture = w.get("log.json"), w.get("picture.png")
        w.post("run")
        self.assertEqual(len(json.loads(log)["earlier"]), 2)
        self.assertEqual(list(json.loads(log)["pictures"]), ["photo-1.png"])
        self.assertEqual(self.replay(log, "--animation", "again.webp", "--save-every", "1"), picture)
        with open(self.file("again.webp"), "rb") as file:
            film = file.read()
        self.assertEqual(film[:4], b"RIFF")
        jobs = [*json.loads(log)["earlier"], json.loads(log)]
        steps = sum(job["steps_done"] for job in jobs)
        self.assertEqual(film_milliseconds(film), 50 * steps)  # None twice.
        status, text, _ = w.request("GET", "job.json")
        self.assertEqual((status, text), (400, b"the job starts from a picture that is no file: save the log, which has it\n"))
        for words, error in ((("-o", "a.webp", "--animation", "./a.webp"), "cannot be both the picture and the animation"),
                             (("-o", "a.png", "--save-every", "2"), "--animation")):
            done = subprocess.run([LIMPID, "watch", "--replay", "replay.json", *words], cwd=self.scratch.name,
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(error, done.stderr)
        for name, body, status in (("photo", "no picture", 400), ("mask", "", 400), ("photo", b"x" * ((32 << 20) + 1), 413)):
            self.assertEqual(w.request("POST", name, body)[0], status)


class Ending(WatchCase):
    arguments = ("-o", "end.png", "--log", "end.json")

    def test_ctrl_c_leaves_the_picture_and_the_log_that_makes_it(self):
        w = self.watched
        w.post("set", '{"objective": "mixed3a:5 - 0.1*mixed3a:3", "learning_rate": 0.1}')
        at = w.post("run")
        self.wait(lambda: w.post("run") >= at + 3, "three steps")
        at = w.post("begin", '{"objective": "mixed3b:7"}')
        self.wait(lambda: w.post("run") >= at + 1, "a step of another layer")
        code, errors = w.close()
        self.assertEqual(code, 130, errors)
        with open(self.file("end.png"), "rb") as picture, open(self.file("end.json"), "rb") as log:
            made, text = picture.read(), log.read()
        first = json.loads(text)["earlier"][0]
        self.assertEqual(first["steering"][0]["set"]["learning_rate"], 0.1)
        self.assertEqual(first["steps_done"], at)
        done = at + json.loads(text)["steps_done"]
        self.assertIn(f"stopped after step {done} of {at + 100000}: end.png\n", errors)
        self.assertEqual(self.replay(text), made)
        self.assertEqual(sorted(os.listdir(self.scratch.name)), ["again.png", "end.json", "end.png", "replay.json"])


class Browsed(WatchCase):
    size = (1280, 900)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium's sandbox refuses root.
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        width, height = cls.size
        options.add_experimental_option("mobileEmulation", {
            "deviceMetrics": {"width": width, "height": height, "pixelRatio": 1.0, "touch": False}})
        cls.browser = webdriver.Chrome(service=Service(DRIVER), options=options)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        super().tearDownClass()

    def script(self, code, *arguments):
        return self.browser.execute_script(code, *arguments)

    def text(self, name):
        return self.script("return document.getElementById(arguments[0]).textContent", name)

    def step(self):
        return int(self.script("return document.getElementById('status').dataset.step") or -1)

    def frames(self):
        return int(self.script("return document.getElementById('picture').dataset.arrived") or 0)

    def click(self, name):
        button = self.browser.find_element(By.ID, name)
        self.script("arguments[0].scrollIntoView({block: 'center'})", button)  # From under the bar.
        button.click()

    def screenshot(self, name):
        if SCREENSHOTS:
            os.makedirs(SCREENSHOTS, exist_ok=True)
            self.browser.save_screenshot(os.path.join(SCREENSHOTS, f"{name}.png"))

    def pause(self):
        self.click("pause")
        self.wait(lambda: "paused" in self.text("status"), "the pause")
        return self.step()

    def test_everything_has_a_name_and_fits(self):
        self.browser.get(self.watched.address)
        self.wait(self.ready, "a picture")
        nameless = self.script(
            "return [...document.querySelectorAll('button, input, a')].filter((element) => !(element.labels?.length ||"
            " element.getAttribute('aria-label') || element.textContent.trim())).map((element) => element.outerHTML)")
        self.assertEqual(nameless, [])
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), self.size[0])

    def ready(self):
        return self.frames()


class Page(Browsed):
    def test_the_picture_grows_and_is_steered(self):
        w = self.watched
        self.browser.get(w.address)
        self.wait(lambda: self.frames() >= 10, "ten pictures")
        self.wait(lambda: self.script("return document.querySelectorAll('#strip button').length"), "a snapshot")

        at = self.pause()
        time.sleep(0.5)
        self.assertEqual(self.step(), at)
        self.assertEqual(json.loads(w.get("log.json"))["steps_done"], at)
        self.click("step")
        self.wait(lambda: self.step() == at + 1, "one step")

        before = self.text("title")
        self.script("const slider = document.querySelector('#terms .term:nth-child(2) input[type=range]');"
                    "slider.value = -1.25; slider.dispatchEvent(new Event('input'))")
        self.wait(lambda: self.text("title") != before, "the other weight")
        self.assertEqual(self.text("title"), "mixed3a:11 - 1.25*mixed3a:3")
        self.script("const box = document.getElementById('channel-0');"
                    "box.value = 7; box.dispatchEvent(new Event('change'))")
        self.wait(lambda: self.text("title") == "mixed3a:7 - 1.25*mixed3a:3", "the other channel")
        self.assertEqual(self.script("return document.querySelector('#terms .name').textContent"), "mixed3a:7")
        self.click("kick-now")
        self.click("pause")
        self.wait(lambda: self.step() >= at + 20, "steps under the change")
        self.pause()
        self.script("scrollTo(0, 0)")
        self.screenshot(f"watch-{self.size[0]}")

        picture, log = w.get("picture.png"), w.get("log.json")
        changes = json.loads(log)["steering"]
        self.assertEqual([change["step"] for change in changes[:3]], [at + 1] * 3)
        self.assertEqual([change["set"]["noise"] for change in changes if "noise" in change["set"]], [0.3, 0])
        self.assertEqual(self.replay(log), picture)

        # Back to a snapshot: what came after it is gone, of the log too.
        self.script("document.querySelector('#strip button').click()")
        pinned = int(re.search(r"step (\d+)", self.text("strip")).group(1))
        self.wait(lambda: self.step() == pinned, "the snapshot")
        self.wait(lambda: self.text("title") == "mixed3a:11 - 0.5*mixed3a:3", "its objective")
        log = w.get("log.json")
        self.assertEqual(json.loads(log)["steering"], [])
        self.assertEqual(self.replay(log), w.get("picture.png"))

        self.script("const box = document.getElementById('objective'); box.value = 'mixed9z:1';"
                    "document.getElementById('objective-form').requestSubmit()")
        self.wait(lambda: "mixed9z" in self.text("failure"), "what is refused")
        self.script("const slider = document.querySelector('#terms input[type=range]'); slider.value = 1.5;"
                    "slider.dispatchEvent(new Event('input'))")
        self.wait(lambda: self.text("title") == "1.5*mixed3a:11 - 0.5*mixed3a:3", "what goes on from what held")
        self.assertEqual([entry for entry in self.browser.get_log("browser") if "400" not in entry["message"]], [])

class Parts(Browsed):
    def test_parts_are_frozen_another_layer_is_climbed_and_a_photo_dropped(self):
        w = self.watched
        self.browser.get(w.address)
        self.wait(lambda: self.frames() >= 2, "pictures")
        self.pause()
        self.click("paint")
        mask = self.browser.find_element(By.ID, "mask")
        webdriver.ActionChains(self.browser).move_to_element_with_offset(mask, -40, -40).click_and_hold().move_by_offset(
            60, 10).release().perform()
        self.screenshot(f"watch-painting-{self.size[0]}")
        self.click("mask-set")
        self.wait(lambda: self.script("return document.getElementById('mask').hidden"), "the mask to be taken")
        earlier = len(json.loads(w.get("log.json"))["earlier"])
        self.assertIn("mask", json.loads(w.get("log.json"))["job"])

        self.script("const box = document.getElementById('objective'); box.value = 'mixed4a:3';"
                    "document.getElementById('objective-form').requestSubmit()")
        self.wait(lambda: self.text("title") == "mixed4a:3", "the other layer")
        with open(self.file("photo.png"), "wb") as file:
            file.write(png(70, 64, lambda x, y: (x, y, 128)))
        self.browser.find_element(By.ID, "photo").send_keys(self.file("photo.png"))
        self.wait(lambda: len(json.loads(w.get("log.json"))["earlier"]) == earlier + 2, "the photo")
        self.click("step")
        self.click("step")
        log, picture = w.get("log.json"), w.get("picture.png")
        self.assertEqual(self.replay(log), picture)
        self.assertEqual(self.text("failure"), "")
        self.assertEqual(w.get("animation.webp")[8:12], b"WEBP")
        w.post("run")


class PartsOnPhone(Parts):
    size = (390, 844)


class Phone(Page):
    size = (390, 844)


class Store(Browsed):
    """A grid that goes on while it is looked at."""
    words = ("a.limpid",)

    @classmethod
    def prepare(cls):
        words = ["mixed3a:0-2", "--size", "48", "--steps", "4", "--threads", "1", "--no-sheet", "--quiet", "-o", "a"]
        subprocess.run([LIMPID, "grid", *words], cwd=cls.scratch.name, check=True, timeout=PATIENCE)

    def ready(self):
        return self.script("return [...document.querySelectorAll('#tiles img')].filter((i) => i.naturalWidth).length") >= 3

    def test_tiles_appear_as_they_are_finished(self):
        self.browser.get(self.watched.address)
        self.wait(self.ready, "three tiles")
        self.assertEqual(self.text("status"), "3 of 3 tiles")
        subprocess.run([LIMPID, "grid", "mixed3a:4,3", "--append", "--size", "48", "--steps", "4", "--threads", "1",
                        "--no-sheet", "--quiet", "-o", "a"], cwd=self.scratch.name, check=True, timeout=PATIENCE)
        self.wait(lambda: self.text("status") == "5 of 5 tiles", "two more")
        self.assertEqual(self.script("return [...document.querySelectorAll('#tiles button')].map((b) => b.textContent)"),
                         ["mixed3a:0", "mixed3a:1", "mixed3a:2", "mixed3a:4", "mixed3a:3"])
        self.script("document.querySelector('#tiles button').click()")
        self.wait(lambda: self.script("return document.getElementById('shown-picture').naturalWidth") == 48, "the tile")
        self.screenshot(f"watch-store-{self.size[0]}")
        self.assertEqual(self.browser.get_log("browser"), [])
        self.assertEqual(self.watched.request("POST", "set", "{}")[0], 404)


class StoreOnPhone(Store):
    size = (390, 844)


def main():
    if PART == "Browser" and not (webdriver and CHROMIUM and DRIVER):
        print("skipped: chromium, chromium-driver or python3-selenium is not installed")
        sys.exit(SKIPPED)
    cases = {"Server": ["Server", "Ending"], "Browser": ["Page", "Phone", "Parts", "PartsOnPhone", "Store", "StoreOnPhone"]}[PART]
    result = unittest.main(argv=[sys.argv[0], *cases], exit=False).result
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
