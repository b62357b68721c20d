#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hone-run from outside: text, logits, tables, messages and exit codes.

Packs the shipped model with the untuned defaults first; exits 77 (skipped) where no compiler is
found. Environment: HONE_BIN, HONE_SOURCE. Python's standard library only.
"""
import array
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BIN, SOURCE = os.environ["HONE_BIN"], os.environ["HONE_SOURCE"]
RUN = os.path.join(BIN, "hone-run")
GOLDEN = os.path.join(SOURCE, "tests", "golden")
N_VOCAB, CONTEXT = 1024, 512
FOLDER = tempfile.TemporaryDirectory(prefix="hone-run-")
PACKAGE = os.path.join(FOLDER.name, "m.hone")


def call(*args):
    return subprocess.run([RUN, *map(str, args)], capture_output=True, timeout=120)


def pack(package, *options):
    model = os.path.join(SOURCE, "examples", "models", "shakespeare.gguf")
    return subprocess.run([os.path.join(BIN, "hone"), "pack", model, "-o", package, *options],
                          capture_output=True, timeout=200)


def read_rows(path):
    values = array.array("f")
    with open(path, "rb") as file:
        values.frombytes(file.read())
    return values


def nmse(got, expected):
    return (sum((a - b) ** 2 for a, b in zip(got, expected)) / sum(b * b for b in expected))


class Text(unittest.TestCase):
    def test_the_seed_decides(self):
        texts = [call("run", PACKAGE, "-p", "ROMEO:", "-n", 60, "--seed", seed).stdout
                 for seed in (5, 5, 6)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])
        texts[0].decode()

    def test_threads_do_not_change_greedy_text(self):
        texts = [call("run", PACKAGE, "-p", "ROMEO:", "-n", 60, "--temp", 0, "-t", t).stdout
                 for t in (1, 2, 3)]
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(texts[0], texts[2])

    def test_echo_and_count(self):
        long = call("run", PACKAGE, "-p", "ROMEO:", "-n", 20, "--echo")
        short = call("run", PACKAGE, "-p", "ROMEO:", "-n", 20)
        self.assertEqual(long.stdout, b"ROMEO:" + short.stdout)
        self.assertIn(b"decode: 20 tokens", short.stderr)
        self.assertIn(b"prompt: 3 tokens", short.stderr)
        none = call("run", PACKAGE, "-p", "ROMEO:", "-n", 0)
        self.assertEqual((none.returncode, none.stdout), (0, b"\n"))

    def test_a_full_context_stops(self):
        done = call("run", PACKAGE, "-p", "ROMEO:", "-n", 1000, "--temp", 0)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"stopped: the context of 512 positions is full", done.stderr)
        # 3 of the prompt, and the last drawn token needs no position.
        self.assertIn(b"decode: 510 tokens", done.stderr)

    def test_prompts_that_cannot_be(self):
        done = call("run", PACKAGE, "-p", "word " * 2000)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rb"the prompt has \d+ tokens, the context holds 512")
        full = call("run", PACKAGE, "-p", "ROMEO: \xff\xfe".encode("latin-1"), "-n", 5)
        self.assertEqual(full.returncode, 0)

    def test_token_ids_are_a_prompt(self):
        with open(os.path.join(GOLDEN, "shakespeare.tokens"), encoding="ascii") as file:
            ids = file.readlines()[1].strip()  # a whole text: 12 ids
        tokens, logits = (os.path.join(FOLDER.name, name) for name in ("ids", "ids.f32"))
        with open(tokens, "w", encoding="ascii") as file:
            file.write(ids)
        self.assertEqual(call("eval", PACKAGE, "--tokens", tokens, "--logits", logits).returncode, 0)
        last = read_rows(logits)[-N_VOCAB:]
        likeliest = max(range(N_VOCAB), key=last.__getitem__)
        done = call("run", PACKAGE, "--ids", ids.replace(" ", ", "), "-n", 1, "--temp", 0)
        self.assertIn(b"prompt: 12 tokens", done.stderr)
        self.assertEqual(done.stdout, call("run", PACKAGE, "--ids", likeliest, "--echo", "-n", 0).stdout)
        self.assertGreater(len(done.stdout), 1)
        for wrong, message in (("1 2x", b"'2x' is no token id"), ("-1", b"'-1' is no token id"),
                               ("1024", b"is no token id below 1024"), ("", b"the prompt is empty"),
                               ("9" * 30, b"is no token id"), ("1 " * 513, b"the context holds 512")):
            done = call("run", PACKAGE, "--ids=" + wrong)
            self.assertIn(done.returncode, (1, 2), wrong)
            self.assertIn(message, done.stderr)
        self.assertEqual(call("run", PACKAGE, "--ids", "1", "-p", "x").returncode, 2)


class Logits(unittest.TestCase):
    def eval(self, package, *options):
        out = os.path.join(FOLDER.name, "out.f32")
        done = call("eval", package, "--tokens", os.path.join(GOLDEN, "shakespeare.tokens"),
                    "--logits", out, *options)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return read_rows(out)

    def test_they_are_the_golden_ones(self):
        package = os.path.join(FOLDER.name, "f32.hone")
        packed = pack(package, "--activations", "f32", "--kv", "f32")
        self.assertEqual(packed.returncode, 0, packed.stderr)
        golden = read_rows(os.path.join(GOLDEN, "shakespeare.logits.f32"))
        self.assertLessEqual(nmse(self.eval(package), golden), 1e-9)
        self.assertLessEqual(nmse(self.eval(package, "--chunk", 1), golden), 1e-9)
        self.assertLessEqual(nmse(self.eval(package, "--chunk", 7, "-t", 3), golden), 1e-9)

    def test_a_row_for_each_token(self):
        self.assertEqual(len(self.eval(PACKAGE)), 48 * N_VOCAB)

    def test_bad_token_files(self):
        tokens, out = os.path.join(FOLDER.name, "t"), os.path.join(FOLDER.name, "o")
        for text, code, message in (("1 2\n3 x\n", 1, "line 2: 'x"), ("5000", 1, "line 1: token 5000"),
                                    ("-1", 1, "line 1"), ("99999999999", 1, "line 1"),
                                    ("1 " * 513, 1, "more tokens than the context of 512")):
            with open(tokens, "w") as file:
                file.write(text)
            done = call("eval", PACKAGE, "--tokens", tokens, "--logits", out)
            self.assertEqual(done.returncode, code, text)
            self.assertIn(message.encode(), done.stderr)
        done = call("eval", PACKAGE, "--tokens", tokens + "-none", "--logits", out)
        self.assertEqual(done.returncode, 1)
        with open(tokens, "w") as file:
            file.write("1\n")
        done = call("eval", PACKAGE, "--tokens", tokens, "--logits", "/nowhere/o")
        self.assertEqual(done.returncode, 74)
        done = call("eval", PACKAGE, "--tokens", tokens, "--logits", "/dev/full")
        self.assertEqual(done.returncode, 74)


class Bench(unittest.TestCase):
    def test_table(self):
        done = call("bench", PACKAGE, "-p", "16,32", "-n", 8, "-r", 2, "-t", 2, "--profile")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.decode().split("\n")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        self.assertEqual([rows[2][5], rows[3][5], rows[4][5]], ["pp16", "pp32", "tg8"])
        self.assertEqual(rows[2][:5], ["llama Shakespeare Q8_0", rows[2][1], "4.79 M", "CPU", "2"])
        self.assertEqual(len({len(line) for line in lines[:5]}), 1)
        for row in rows[2:5]:
            self.assertRegex(row[6], r"^\d+\.\d\d ± \d+\.\d\d$")
        self.assertEqual(len(re.findall(r"^\| sum ", done.stdout.decode(), re.M)), 2)

    def test_json(self):
        done = call("bench", PACKAGE, "-p", 16, "-n", 8, "-r", 3, "-t", 1, "-d", 5, "--batch", 4,
                    "--json")
        rows = json.loads(done.stdout)
        self.assertEqual([(r["n_prompt"], r["n_gen"], r["n_threads"], r["n_depth"], r["n_seqs"])
                          for r in rows], [(16, 0, 1, 5, 1), (0, 8, 1, 5, 4)])
        for row, tokens in zip(rows, (16, 8 * 4)):
            self.assertEqual((len(row["samples_ns"]), len(row["samples_ts"])), (3, 3))
            self.assertAlmostEqual(sum(row["samples_ts"]) / 3, row["avg_ts"], delta=1e-4)
            self.assertAlmostEqual(sum(row["samples_ns"]) / 3, row["avg_ns"], delta=1)
            self.assertAlmostEqual(tokens * 1e9 / row["samples_ns"][0], row["samples_ts"][0],
                                   delta=1e-3 * row["samples_ts"][0])
            self.assertGreaterEqual(row["stddev_ts"], 0)
            self.assertEqual(row["model_n_params"], 4787456)
        self.assertEqual(json.loads(call("bench", PACKAGE, "-p", 0, "-n", 0, "--json").stdout), [])

    def test_places_of_weights(self):
        done = call("bench", PACKAGE, "-p", 16, "-n", 8, "-r", 1, "--weights", "mapped,huge")
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in done.stdout.decode().split("\n")]
        self.assertEqual([row[5] for row in rows[2:8]],
                         ["start mapped", "pp16", "tg8", "start huge", "pp16 huge", "tg8 huge"])
        for row in (rows[2], rows[5]):
            self.assertRegex(row[6], r"^\d+\.\d ms$")
        rows = json.loads(call("bench", PACKAGE, "-p", 16, "-n", 0, "-r", 1, "--weights=huge,mapped",
                               "--json").stdout)
        self.assertEqual([row["weights"] for row in rows], ["huge", "mapped"])
        for row in rows:
            self.assertGreater(row["start_ns"], 0)
        for text in ("hug", "huge,", "huge,mapped,huge", ",huge", ""):
            self.assertEqual(call("bench", PACKAGE, "--weights", text).returncode, 2)
        self.assertEqual(call("run", PACKAGE, "-p", "x", "--weights", "huge,mapped").returncode, 2)
        texts = {call("run", PACKAGE, "-p", "x", "-n", 8, "--weights", how).stdout
                 for how in ("mapped", "huge")}
        self.assertEqual(len(texts), 1)

    def test_limits(self):
        self.assertEqual(call("bench", PACKAGE, "-p", CONTEXT, "-n", 0, "-r", 1).returncode, 0)
        for options in (("-p", CONTEXT + 1), ("-p", 0, "-n", 100, "-d", CONTEXT - 99)):
            done = call("bench", PACKAGE, "-r", 1, *options)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"do not fit the context of 512", done.stderr)
        self.assertEqual(call("bench", PACKAGE, "--batch", 1000).returncode, 1)


class Usage(unittest.TestCase):
    def test_wrong_usage_is_2(self):
        for args in ((), ("walk",), ("run",), ("run", PACKAGE, "more"), ("run", PACKAGE, "-n"),
                     ("run", PACKAGE, "-n", "x"), ("run", PACKAGE, "-n", "-1"),
                     ("run", PACKAGE, "-n", "5000000000"), ("run", PACKAGE, "--temp", "hot"),
                     ("run", PACKAGE, "--echo=1"), ("run", PACKAGE, "--nothing"),
                     ("eval", PACKAGE), ("bench", PACKAGE, "-r", "0"),
                     ("bench", PACKAGE, "-p", "1,,2"), ("bench", PACKAGE, "-t", "5000")):
            done = call(*args)
            self.assertEqual(done.returncode, 2, args)
            self.assertNotEqual(done.stderr, b"")
            self.assertEqual(done.stdout, b"")

    def test_help_and_version(self):
        for args in (("-h",), ("--help",), ("run", "-h"), ("bench", "--help"), ("--version",)):
            done = call(*args)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertNotEqual(done.stdout, b"")

    def test_damaged_packages(self):
        with open(PACKAGE, "rb") as file:
            data = bytearray(file.read())
        other = os.path.join(FOLDER.name, "other.hone")
        for at, value, code, message in ((0, 1, 1, "not a hone package"), (8, 9, 1, "version 9"),
                                         (40, None, 6, "manifest hash"),
                                         (65536 * 3, None, 6, "does not match its hash")):
            changed = bytearray(data)
            changed[at] = changed[at] ^ 1 if value is None else value
            with open(other, "wb") as file:
                file.write(changed)
            for command in ("run", "bench"):
                done = call(command, other)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(message.encode(), done.stderr)
                self.assertIn(other.encode(), done.stderr)
        done = call("run", other + "-none")
        self.assertEqual(done.returncode, 1)

    def test_stdout_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            for args in (("run", PACKAGE, "-p", "x", "-n", "5"), ("bench", PACKAGE, "-r", "1")):
                done = subprocess.run([RUN, *args], stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 74, done.stderr)


class Embedding(unittest.TestCase):
    def test_the_example_builds_with_its_own_line(self):
        with open(os.path.join(SOURCE, "examples", "embed.c")) as file:
            line = re.search(r"\*   (cc -O2 -I\. .*?-lpthread)", file.read(), re.S).group(1)
        line = line.replace("\\\n *", "").replace("-Lbuild", "-L" + os.path.dirname(BIN))
        program = os.path.join(FOLDER.name, "embed")
        words = line.replace(" embed ", f" {program} ").split()
        built = subprocess.run(words + os.environ.get("HONE_CFLAGS", "").split(), cwd=SOURCE,
                               capture_output=True)
        self.assertEqual((built.returncode, built.stderr), (0, b""))
        done = subprocess.run([program, PACKAGE, "ROMEO:"], capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        same = call("run", PACKAGE, "-p", "ROMEO:", "-n", 100)
        self.assertEqual(done.stdout, same.stdout)
        done = subprocess.run([program, PACKAGE + "-none", "x"], capture_output=True)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    packed = pack(PACKAGE)
    if packed.returncode != 0:
        print("skipped: hone pack:", packed.stderr.decode())
        sys.exit(77)
    unittest.main()
