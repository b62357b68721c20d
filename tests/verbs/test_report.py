#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hone report, and what else is read of a store: the page's structure held against a golden outline, hostile
texts, numbers; trials, show and explain as tables; traces; the display of a tune on a terminal and elsewhere.
With a Chromium (or $CHROMIUM) also what the page looks like there; pictures go to $HONE_SCREENSHOTS if set.

`test_report.py --write` writes the golden outline anew. Environment: HONE_BIN, HONE_SOURCE."""
import csv
import fcntl
import html
import io
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

from page_outline import Page

BIN, SOURCE = os.environ["HONE_BIN"], os.environ["HONE_SOURCE"]
HONE, WRITER = os.path.join(BIN, "hone"), os.path.join(BIN, "report_store")
MODEL = os.path.join(SOURCE, "examples", "models", "shakespeare.gguf")
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.outline")
FOLDER = tempfile.TemporaryDirectory(prefix="hone-report-")
FAR_STORE, STORE = os.path.join(FOLDER.name, "far.store"), os.path.join(FOLDER.name, "here.store")
PACKAGE = os.path.join(FOLDER.name, "m.hone")
GEMM = "gemm n=768 k=256 types=q8a,q8_0,f32 acts=q8a m=1-1@1"
EVIL = "gemm <script>alert('1')</script> & \"quoted\" "
SANITIZED = os.environ.get("HONE_SANITIZED", "OFF") == "ON"
BROWSER = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def call(*args, **more):
    return subprocess.run([HONE, *map(str, args)], capture_output=True, timeout=300, **more)


def good(*args):
    done = call(*args)
    if done.returncode or done.stderr:
        raise AssertionError((args, done.returncode, done.stderr))
    return done.stdout.decode("utf-8", "replace")


def write(name, *args):
    path = os.path.join(FOLDER.name, name)
    good("report", *args, "-o", path)
    with open(path, encoding="utf-8") as file:
        return path, file.read()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Structure(unittest.TestCase):
    maxDiff = None

    def test_the_outline(self):
        """Of a store whose machine is not here: nothing is measured, all of it is the same each time."""
        page = Page(write("far.html", FAR_STORE)[1])
        self.assertEqual(page.defects, [])
        with open(GOLDEN, encoding="utf-8") as file:
            self.assertEqual(file.read(), outline(page), "test_report.py --write, if it is meant to change")

    def test_hostile_texts(self):
        text = write("far.html", FAR_STORE)[1]
        page = Page(text)
        for raw in ("<script>alert", "<img src", "<svg>alert", "javascript:alert(3)\">", "<b>at</b>", "\x1b",
                    "</td><img", "]]>\" B"):
            self.assertNotIn(raw, text)
        self.assertIn(EVIL, page.text)
        self.assertIn("</td><img src=x onerror=alert(2)>", page.text)
        self.assertIn("Another <b>processor</b>", page.text)
        self.assertIn("default-src 'none'", text)

    def test_numbers(self):
        page = Page(write("far.html", FAR_STORE)[1])
        row = next(line for line in page.outline if "768\xd7256 q8_0 m=1 | gemm_i8" in line and "2.51 us" in line)
        cells = [cell.strip() for cell in row.split("|")[1:]]
        # no., problem, kernel, formats, time, Gop, bytes, op/byte, Gop/s, GB/s, bound, reached
        self.assertAlmostEqual(float(cells[5]), 2 * 768 * 256 * 1e-9, delta=1e-7)
        self.assertAlmostEqual(float(cells[8]), 2 * 768 * 256 / 2510, delta=0.1)
        self.assertAlmostEqual(float(cells[7]) * float(cells[9]) / float(cells[8]), 1, delta=0.01)
        self.assertEqual(cells[10:], ["-", "-"])

    def test_refusals(self):
        path = os.path.join(FOLDER.name, "none.html")
        for args, code in (((FAR_STORE,), 2), ((FAR_STORE + "x", "-o", path), 1), ((MODEL, "-o", path), 1),
                           ((FAR_STORE, "-o", os.path.join(FOLDER.name, "no", "where.html")), 74),
                           ((FAR_STORE, "--device", "nobody", "-o", path), 1),
                           ((FAR_STORE, "none.gguf", "-o", path), 1)):
            done = call("report", *args)
            self.assertEqual(done.returncode, code, (args, done.stderr))
            self.assertEqual(len(done.stderr.decode().splitlines()), 1)
            self.assertFalse(os.path.exists(path), "a page in spite of an error")
        self.assertIn("</html>", good("report", FAR_STORE, "-o", "-"))

    def test_a_full_disk(self):
        """The old page stays; nothing is left beside it."""
        folder = os.path.join(FOLDER.name, "full")
        path = os.path.join(folder, "old.html")
        os.mkdir(folder)
        with open(path, "w", encoding="utf-8") as file:
            file.write("old")

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        done = call("report", FAR_STORE, "-o", path, preexec_fn=limit, restore_signals=False)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertEqual(os.listdir(folder), ["old.html"])
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")
        for args in (("report", FAR_STORE, "-o", "-"), ("trials", FAR_STORE), ("trials", FAR_STORE, "--csv"),
                     ("show", FAR_STORE, "--json"), ("explain", FAR_STORE, "rmsnorm"),
                     ("quarantine", "list", FAR_STORE), ("import", FAR_STORE, "-o", path + ".store")):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([HONE, *args], stdout=full, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 74, args)

    def test_here_with_a_package(self):
        page = Page(write("package.html", STORE, PACKAGE, "-p", 64, "-n", 8, "-r", 2)[1])
        self.assertEqual(page.defects, [])
        self.assertNotIn("No ceilings", page.text)
        self.assertIn("prompt of 64 rows after 0 positions", page.text)
        self.assertIn("decode of 1 row after 68 positions", page.text)
        section = page.outline[page.outline.index("section time"):page.outline.index("section search")]
        bounds = {line.split("|")[6].strip() for line in section if line.startswith("  | ffn_down")}
        self.assertTrue(bounds and bounds <= {"int8 dot", "f32 fma", "launch", "read L1", "read L2", "read L3",
                                              "read memory"}, section)
        shares = [float(line.split("|")[4].strip(" %")) for line in section
                  if line.startswith("  |") and "%" in line.split("|")[4]]
        self.assertAlmostEqual(sum(shares), 200, delta=2)  # two forwards

    def test_here_with_the_model(self):
        page = Page(write("model.html", STORE, MODEL, "--no-ceilings")[1])
        self.assertEqual(page.defects, [])
        self.assertIn("an estimate", page.text)
        self.assertIn("none were asked for", page.text)


def outline(page):
    """Dates and the folder aside."""
    lines = page.outline
    return "\n".join(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d( UTC)?", "DATE", line).rstrip() for line in lines) + "\n"


class Tables(unittest.TestCase):
    def test_trials(self):
        everything = rows_of(good("trials", FAR_STORE, "--csv"))
        self.assertEqual(len(everything), 14)
        lines = [json.loads(line) for line in good("trials", FAR_STORE, "--json").splitlines()]
        self.assertEqual([int(row["id"]) for row in everything], [line["id"] for line in lines])
        self.assertEqual(list(lines[0]), list(everything[0]))
        evil = next(row for row in everything if row["reason"] == "</script>")
        self.assertTrue(evil["problem"].startswith(EVIL) and evil["problem"].endswith(",\n=1+1"), evil)
        self.assertEqual(evil["median_ns"], "")
        self.assertEqual(len(everything[0]["samples_ns"].split()), 12)
        for args, n in ((("--failed",), 3), (("--finals",), 5), (("--space", "rmsnorm"), 4),
                        (("--config", "NB=4"), 4), (("--reason", "crashed"), 1), (("--problem", "<script"), 2),
                        (("--limit", "1"), 3), (("--device", "nowhere"), 0)):
            self.assertEqual(len(rows_of(good("trials", FAR_STORE, "--csv", *args))), n, args)
        times = [float(row["median_ns"] or "inf") for row in
                 rows_of(good("trials", FAR_STORE, "--csv", "--sort", "time", "--space", "gemm_i8"))]
        self.assertEqual(times, sorted(times))
        self.assertEqual(len(times), 8)
        ratios = [row["ratio"] for row in rows_of(good("trials", FAR_STORE, "--csv", "--sort", "ratio"))][:3]
        self.assertEqual(ratios, ["0.834", "0.871", "1"])
        text = good("trials", FAR_STORE)
        self.assertNotIn("\x1b", text)
        self.assertIn(GEMM + "\n", text)
        self.assertEqual(call("trials", FAR_STORE, "--sort", "beauty").returncode, 2)
        self.assertEqual(call("trials", FAR_STORE + "none").returncode, 1)

    def test_winners(self):
        winners = json.loads(good("show", FAR_STORE, "--json"))
        table = rows_of(good("show", FAR_STORE, "--csv"))
        self.assertEqual([w["config"] for w in winners], [row["config"] for row in table])
        first = next(w for w in winners if w["config"] == "R=16 NB=4 KU=1")
        self.assertEqual((first["ratio"], first["proof"], first["instructions"]), (0.834, "16 checks <ok>", 114))
        self.assertEqual(call("show", FAR_STORE, "nothing", "--json").returncode, 1)

    def test_explain_a_problem(self):
        why, = json.loads(good("explain", FAR_STORE, "gemm n=768", "--json"))
        self.assertEqual([v["role"] for v in why["variants"]], ["winner", "runner-up", "default"])
        self.assertEqual([v["ns"] for v in why["variants"]], [2510, 2620, 3010])
        self.assertAlmostEqual(why["gap"]["ratio"], 2510 / 2620, places=3)
        self.assertTrue(why["gap"]["low"] <= why["gap"]["ratio"] <= why["gap"]["high"] < 1)
        self.assertIn("the interval separates them", why["why"])
        self.assertIn("R 16 -> 8", why["differs"])
        self.assertIn("KU 1 -> 2", why["differs"])
        self.assertNotIn("NB", why["differs"])
        self.assertIn("w q8_0/r16 -> q8_0/r8", why["differs"])
        self.assertNotIn("bound", why)  # the machine is not here
        weights = 768 * 256 * 34 / 32
        self.assertTrue(weights < why["variants"][0]["bytes"] < 1.1 * weights, why)
        tie, = json.loads(good("explain", FAR_STORE, "rmsnorm", "--json"))
        self.assertIn("it is the default, and nothing was faster", tie["why"])
        here, = json.loads(good("explain", STORE, "gemm n=768", "--json"))
        self.assertIn(here["bound"], ("read memory", "read L3", "int8 dot", "f32 fma", "launch"))
        self.assertAlmostEqual(here["reached"] * 2510e-9 / here["floor_seconds"], 1, places=6)
        text = good("explain", FAR_STORE, "gemm")
        self.assertNotIn("\x1b", text)
        self.assertRegex(text, r"(?m)^  limits   not known: .*cannot be measured here$")
        self.assertEqual(len(rows_of(good("explain", FAR_STORE, "gemm n=768", "--csv"))), 3)
        self.assertEqual(call("explain", FAR_STORE, "softmax").returncode, 1)

    def test_packages(self):
        for table, column in (("sections", "sha256"), ("info", "value"), ("lists", "m_max"), ("kernels", "share"),
                              ("steps", "kernel"), ("weights", "format")):
            rows = rows_of(good("inspect", PACKAGE, "--csv", table))
            self.assertTrue(rows and column in rows[0], table)
        self.assertEqual(call("inspect", PACKAGE, "--csv", "chairs").returncode, 2)
        rows = rows_of(good("explain", PACKAGE, "-p", 16, "-n", 4, "-r", 1, "--csv"))
        self.assertTrue(all(float(row["seconds"]) >= 0 for row in rows) and len(rows) > 10)
        spaces = json.loads(good("show", "--json"))
        self.assertEqual([s["space"] for s in spaces], [row["space"] for row in rows_of(good("show", "--csv"))])
        variant = json.loads(good("show", "gemm_i8", "--set", "w_type=q4_0", "--json", "--ir", "--asm", "--target",
                                  "cpu:x86_64:avx2+fma+f16c"))
        self.assertIn("define", variant["source"])
        self.assertIn("vpmaddubsw", variant["assembly"])
        self.assertGreater(variant["facts"]["instructions"], 10)
        self.assertEqual({p["name"] for p in json.loads(good("show", "gemm_i8", "--json"))["parameters"]},
                         {word.split("=")[0] for word in variant["config"].split()})


class Traces(unittest.TestCase):
    def trace(self, n_threads):
        path = os.path.join(FOLDER.name, "trace.json")
        good("explain", PACKAGE, "-p", 64, "-n", 8, "-r", 1, "-t", n_threads, "--trace", path)
        with open(path, encoding="utf-8") as file:
            return json.load(file)["traceEvents"]

    def check_row(self, slices, begin, end):
        """In order, one after the other, within a time; a microsecond is a thousand ticks."""
        at = begin
        for slice_ in slices:
            self.assertGreaterEqual(slice_["ts"], at - 0.002, slice_)
            self.assertGreaterEqual(slice_["dur"], 0)
            at = slice_["ts"] + slice_["dur"]
            self.assertLessEqual(at, end + 0.002, slice_)

    def check_forward(self, events, n_steps, n_threads):
        """Returns the part of the forward's time that its steps make up."""
        outer, *steps = [e for e in events if e["ph"] == "X" and e["tid"] == 0]
        self.assertEqual(len(steps), n_steps)
        end = outer["ts"] + outer["dur"]
        self.assertEqual(outer["ts"], 0)
        self.check_row(steps, 0, end)
        for tid in range(1, n_threads + 1):
            parts = [e for e in events if e["ph"] == "X" and e["tid"] == tid]
            self.check_row(parts, 0, end)
            self.assertTrue(parts and len(parts) <= n_steps)
            left = iter(steps)
            for part in parts:  # each within its own step
                step = next(s for s in left if s["name"] == part["name"] and s["ts"] <= part["ts"] + 0.002 and
                            part["ts"] + part["dur"] <= s["ts"] + s["dur"] + 0.002)
                self.assertEqual(step["args"], part["args"])
        for step in steps:
            self.assertTrue(step["args"]["kernel"] and step["args"]["problem"] and step["args"]["bytes"] > 0, step)
        return sum(s["dur"] for s in steps) / outer["dur"]

    def check_trace(self, n_threads):
        lists = json.loads(good("inspect", PACKAGE, "--json"))["lists"]
        n_steps = {n: next(l["n_steps"] for l in lists if l["m_min"] <= n <= l["m_max"]) for n in (1, 64)}
        events = self.trace(n_threads)
        names = {(e["pid"], e["tid"], e["name"]): e["args"]["name"] for e in events if e["ph"] == "M"}
        self.assertIn("prompt of 64 rows", names[1, 0, "process_name"])
        self.assertIn("decode of 1 row", names[2, 0, "process_name"])
        self.assertEqual(names[2, n_threads, "thread_name"], f"thread {n_threads - 1}")
        return min(self.check_forward([e for e in events if e["pid"] == pid], n_steps[n], n_threads)
                   for pid, n in ((1, 64), (2, 1)))

    def test_threads(self):
        self.check_trace(2)

    def test_steps_make_up_the_forward(self):
        """Of one thread, which waits for nobody; a busy machine may stop it between steps, though not each time."""
        self.assertTrue(any(0.9 < self.check_trace(1) <= 1 for _ in range(5)))

    def test_refusals(self):
        path = os.path.join(FOLDER.name, "no", "trace.json")
        self.assertEqual(call("explain", PACKAGE, "-p", 1, "-r", 1, "-t", 1, "--trace", path).returncode, 74)
        self.assertEqual(call("explain", STORE, "--trace", path).returncode, 2)


@unittest.skipIf(SANITIZED, "left to the plain build")
class Display(unittest.TestCase):
    def tune(self, budget, columns=None, *more, **environment):
        store = os.path.join(FOLDER.name, "tune.store")
        for name in (store, store + "-wal", store + "-shm"):
            if os.path.exists(name):
                os.unlink(name)
        command = [HONE, "tune", MODEL, "-o", store, "--budget", budget, "--threads", "1", "--cold", "1MiB", *more]
        env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment
        if not columns:
            return subprocess.run(command, capture_output=True, timeout=120, env=env, check=True).stdout.decode()
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        child = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=env)
        os.close(theirs)
        text = b""
        while True:
            try:
                got = os.read(ours, 4096)
            except OSError:
                break
            if not got:
                break
            text += got
        os.close(ours)
        self.assertEqual(child.wait(timeout=120), 0, text)
        return text.decode()

    def states(self, text):
        return re.findall(r"\r\x1b\[K([^\r]+)", text)

    def test_on_a_terminal(self):
        text = self.tune("1s", 60)
        states = self.states(text)[:-1]
        self.assertTrue(states, text)
        self.assertIn("\x1b[36m", text)
        for state in states:
            self.assertLess(len(re.sub(r"\x1b\[\d*m", "", state)), 60, state)
        self.assertRegex(states[-1], r"[█░]+.* \d+ %  \d+ s left  x\d\.\d\d  \d+/\d+ problems")
        # The bar is taken away before the summary.
        self.assertRegex(text, r"\r\x1b\[K[^\r\n]*tune\.store: \d+ of ")

    def test_without_colour(self):
        text = self.tune("0.5s", 100, NO_COLOR="1")
        self.assertTrue(self.states(text))
        self.assertNotIn("\x1b[36m", text)

    def test_elsewhere(self):
        lines = self.tune("1s").splitlines()
        self.assertLess(len(lines), 8, "more than a line every few seconds")
        self.assertRegex(lines[0], r"^\d+ %, \d+ s left, x\d\.\d\d, \d+/\d+ problems, \d+ trials")
        self.assertNotIn("\r", "".join(lines))
        self.assertNotIn("\x1b", "".join(lines))

    def test_every_trial(self):
        lines = self.tune("0.5s", None, "-v").splitlines()
        self.assertTrue(any(line.startswith("trial ") for line in lines), lines)


@unittest.skipIf(SANITIZED, "left to the plain build")
@unittest.skipUnless(BROWSER, "no Chromium here: what the page looks like is not looked at")
class InABrowser(unittest.TestCase):
    SIZES = {"wide": 1600, "narrow": 390}

    def browse(self, path, width, scheme, *more):
        done = subprocess.run(
            [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--no-first-run",
             "--enable-logging=stderr", "--v=0", f"--user-data-dir={FOLDER.name}/browser",
             f"--window-size={width},2200", f"--blink-settings=preferredColorScheme={scheme == 'light':d}",
             *more, "file://" + path], capture_output=True, timeout=120)
        console = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
        self.assertEqual(console, [])
        return done.stdout.decode("utf-8", "replace")

    def framed(self, path, width, script):
        """The page in a frame: a browser's window may not be as narrow as a telephone. The page itself has no
        script; the frame's reads it."""
        with open(path, encoding="utf-8") as file:
            text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", file.read())
        frame = path + ".frame.html"
        with open(frame, "w", encoding="utf-8") as file:
            file.write('<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
                       '<style>body{margin:0}</style>'
                       f'<iframe style="border:0;display:block;width:{width}px;height:2200px" '
                       f'srcdoc="{html.escape(text)}">'
                       f"</iframe><script>{script}</script>")
        return frame

    def measured(self, path, width, scheme):
        script = ("onload=()=>{const f=document.querySelector('iframe'),w=f.contentWindow,p=f.contentDocument,"
                  "d=p.documentElement,b=p.body,o=[];"
                  "for(const e of b.querySelectorAll('*'))if(!e.closest('.wide')&&!e.closest('svg')&&"
                  "e.getBoundingClientRect().right>d.clientWidth+1)o.push(e.tagName);"
                  "document.body.dataset.m=[w.innerWidth,d.scrollWidth,w.getComputedStyle(b).backgroundColor,"
                  "w.getComputedStyle(b).color,o.join('+')].join('|')}")
        found = re.search(r'data-m="([^"]*)"', self.browse(self.framed(path, width, script), width, scheme,
                                                           "--dump-dom"))
        self.assertTrue(found, "the frame was not read")
        return found.group(1).split("|")

    def test_sizes_and_schemes(self):
        path, _ = write("seen.html", STORE, PACKAGE, "-p", 64, "-n", 8, "-r", 2)
        for scheme, size in (("light", "wide"), ("dark", "wide"), ("light", "narrow"), ("dark", "narrow")):
            inner, scroll, background, ink, beyond = self.measured(path, self.SIZES[size], scheme)
            self.assertEqual(int(inner), self.SIZES[size])
            self.assertLessEqual(int(scroll), int(inner), (size, beyond))
            self.assertEqual(beyond, "", (size, scheme))
            dark = [sum(map(int, re.findall(r"\d+", colour)[:3])) < 380 for colour in (background, ink)]
            self.assertEqual(dark, [scheme == "dark", scheme == "light"])

    def test_nothing_is_asked_of_the_network(self):
        path, _ = write("asked.html", STORE)
        log = os.path.join(FOLDER.name, "net.json")
        self.browse(path, 1600, "light", "--screenshot=" + os.path.join(FOLDER.name, "asked.png"),
                    "--log-net-log=" + log)
        with open(log, encoding="utf-8") as file:
            text = file.read()
        asked = [url for url in re.findall(r'"url":"([^"]*)"', text) if not url.startswith(("file:", "data:",
                                                                                            "chrome"))]
        own = [url for url in asked if not re.search(r"google|gstatic|gvt1", url)]  # the browser's, never the page's
        self.assertEqual(own, [])

    @unittest.skipUnless(os.environ.get("HONE_SCREENSHOTS"), "no HONE_SCREENSHOTS")
    def test_pictures(self):
        path, _ = write("shown.html", STORE, PACKAGE)
        for scheme in ("light", "dark"):
            for size, width in self.SIZES.items():
                picture = os.path.join(os.environ["HONE_SCREENSHOTS"], f"report-{size}-{scheme}.png")
                self.browse(self.framed(path, width, ""), max(width, 500), scheme, "--screenshot=" + picture)
                self.assertGreater(os.path.getsize(picture), 10000)


if __name__ == "__main__":
    packed = call("pack", MODEL, "-o", PACKAGE)
    if packed.returncode != 0:
        print("skipped: hone pack:", packed.stderr.decode())
        sys.exit(77)
    subprocess.run([WRITER, FAR_STORE, "Another <b>processor</b>"], check=True)
    subprocess.run([WRITER, STORE], check=True)
    if "--write" in sys.argv:
        with open(GOLDEN, "w", encoding="utf-8") as golden:
            golden.write(outline(Page(write("far.html", FAR_STORE)[1])))
        sys.exit(0)
    unittest.main()
