# SPDX-License-Identifier: MIT
"""hone quarantine and hone repro over a store that a tune of bad kernels made: what failed is listed with
its command, the command shows it, a repaired template is told as right, and what is cleared is gone."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

BIN, SOURCE = os.path.abspath(os.environ["HONE_BIN"]), os.path.abspath(os.environ["HONE_SOURCE"])
VARIANTS = os.path.join(SOURCE, "tests/fault/variants")
MODEL = os.path.join(SOURCE, "examples/models/shakespeare.gguf")
OK, USAGE, WRONG, FAILED = 0, 2, 4, 1


def hone(*arguments, data=VARIANTS):
    done = subprocess.run([os.path.join(BIN, "hone"), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300, check=False, env=dict(os.environ, HONE_DATA=data))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def entries(store):
    code, text, error = hone("quarantine", "list", store, "--json")
    assert code == OK, error
    return [json.loads(line) for line in text.splitlines()]


class Quarantine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="hone-quarantine-")
        cls.made = os.path.join(cls.dir.name, "made.store")
        code, cls.said, error = hone("tune", MODEL, "-o", cls.made, "--budget", "1h", "--max-tokens", 1,
                                     "--max-trials", 3, "--strategy", "exhaustive", "--threads", 2)
        if "LLVM" in error:
            print(f"skipped: {error}")
            sys.exit(77)
        assert code == OK, error

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def setUp(self):
        self.store = shutil.copyfile(self.made, os.path.join(self.dir.name, self.id() + ".store"))

    def entry(self, config):
        return next(e for e in entries(self.store) if e["config"] == config)

    def test_list_and_commands(self):
        found = {e["config"]: e for e in entries(self.store)}
        self.assertEqual(found["DEFECT=subtracts"]["reason"], "wrong")
        self.assertEqual(found["DEFECT=exit"]["reason"], "exit")
        code, text, _ = hone("quarantine", "list", self.store)
        self.assertEqual(code, OK)
        code, trials, _ = hone("trials", self.store, "--failed", "--json")
        self.assertEqual(code, OK)
        commands = {json.loads(line)["repro"] for line in trials.splitlines()}
        for e in found.values():
            self.assertIn(f"hone repro {self.store} {e['id']}", text.replace("\n", " "))
            self.assertIn(f"hone repro {self.store} {e['id']}", commands)
            self.assertIn(f"hone repro {self.made} {e['id']}", self.said)
            self.assertTrue(e["code_key"].startswith(e["id"]))

    def test_it_still_fails(self):
        for config, reason in (("DEFECT=subtracts", "wrong"), ("DEFECT=exit", "exit")):
            e = self.entry(config)
            code, text, error = hone("repro", self.store, e["id"], "--json")
            self.assertEqual(code, WRONG, error)
            now = json.loads(text)
            self.assertEqual((now["reason"], now["reason_now"], now["right_now"], now["same_code"]),
                             (reason, reason, False, True))
            self.assertEqual(now["detail_now"], e["detail"])
            code, text, _ = hone("repro", self.store, e["id"])
            self.assertEqual(code, WRONG)
            self.assertIn(f"now: {reason}: ", text)
        self.assertEqual(len(entries(self.store)), len(entries(self.made)))

    def test_it_is_repaired(self):
        repaired = os.path.join(self.dir.name, "repaired")
        shutil.copytree(VARIANTS, repaired)
        path = os.path.join(repaired, "templates/cpu/bad/value.ll.t")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("fsub float %x.v, %r.v", "fadd float %x.v, %r.v"))
        code, text, error = hone("repro", self.store, self.entry("DEFECT=subtracts")["id"], data=repaired)
        self.assertEqual(code, OK, error)
        self.assertIn("now: right, ", text)
        self.assertIn("not what they were", text)

    def test_clear(self):
        e, n = self.entry("DEFECT=exit"), len(entries(self.store))
        self.assertEqual(hone("quarantine", "clear", self.store, e["id"])[0], OK)
        self.assertNotIn(e, entries(self.store))
        self.assertEqual(len(entries(self.store)), n - 1)
        code, text, _ = hone("quarantine", "clear", self.store, "--json")
        self.assertEqual((code, json.loads(text)), (OK, {"cleared": n - 1}))
        self.assertEqual(entries(self.store), [])
        self.assertIn("nothing is in quarantine", hone("quarantine", "list", self.store)[1])

    def test_merging_brings_back_what_was_cleared(self):
        """There are no tombstones: clearing counts for the store it was done in, and for the merged one after it."""
        e = self.entry("DEFECT=exit")
        self.assertEqual(hone("quarantine", "clear", self.store, e["id"])[0], OK)
        merged = self.store + ".merged"
        for order in ((self.store, self.made), (self.made, self.store)):
            code, _, error = hone("merge", *order, "-o", merged)
            self.assertEqual(code, OK, error)
            self.assertIn(e["id"], [x["id"] for x in entries(merged)])
            self.assertEqual(hone("quarantine", "clear", merged, e["id"])[0], OK)
            self.assertNotIn(e["id"], [x["id"] for x in entries(merged)])

    def test_verify_tells_why(self):
        """What no longer compiles, links or renders has the reason that a trial of it would have."""
        with contextlib.closing(sqlite3.connect(self.store)) as store:  # one of them won, it says
            store.executescript("""DELETE FROM quarantine; UPDATE trials SET valid = 1, reason = 'ok', median_ns = 1000;
                INSERT INTO winners SELECT variant, regime, device, 0, 1000, 1, 1, 1, 0, 3, ''
                FROM trials WHERE variant IN (SELECT id FROM variants WHERE space = 'bad_add') LIMIT 1""")
        for config, reason in (("DEFECT=undefined_symbol", "link"), ("DEFECT=syntax", "compile"),
                               ("DEFECT=compiler_abort", "compiler-crash")):
            with contextlib.closing(sqlite3.connect(self.store)) as store:
                store.execute("UPDATE variants SET space = 'bad_end', config = ? WHERE id ="
                              " (SELECT variant FROM winners)", (config,))
                store.commit()
            code, text, error = hone("verify", self.store, "--json", "--top", 1, "--threads", 2)
            self.assertEqual(code, WRONG, error)
            reasons = [e["reason"] for p in json.loads(text)["problems"] for e in p["entries"] if e["winner"]]
            self.assertIn(reason, reasons, config)

    def test_wrong_usage(self):
        for arguments, code, words in (
                (("repro", self.store, "ffffffffffff"), FAILED, "is not in quarantine"),
                (("repro", self.store, "ab"), USAGE, "letters"),
                (("quarantine", "forget", self.store), USAGE, "list or clear"),
                (("quarantine", "list"), USAGE, ""),
                (("quarantine", "clear", self.store + "x"), FAILED, "no such store")):
            got, _, error = hone(*arguments)
            self.assertEqual(got, code, error)
            self.assertIn(words, error)
            self.assertEqual(error.count("\n"), 1)
        self.assertFalse(os.path.exists(self.store + "x"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
