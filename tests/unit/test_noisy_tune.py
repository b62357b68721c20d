#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A session over a simulated device that drifts by +-20 %: what trials record is free of it, finals hold the
default and the winners of before, and a noisy machine is told. Exits 77 (skipped) where no compiler is found."""
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

BIN, SOURCE = os.environ["HONE_BIN"], os.environ["HONE_SOURCE"]
HONE, RUNNER = os.path.join(BIN, "hone"), os.path.join(BIN, "noisy_runner")
MODEL = os.path.join(SOURCE, "examples", "models", "shakespeare.gguf")
TARGET = "cpu:x86_64:avx2+fma+f16c"
TRIALS = """SELECT p.key, v.space, v.config, t.round, t.median_ns, t.state, length(t.samples) / 8 FROM trials t
JOIN variants v ON t.variant = v.id JOIN problems p ON v.problem = p.id WHERE t.valid ORDER BY t.id"""
WINNERS = """SELECT p.key, v.space, v.config FROM winners w JOIN variants v ON w.variant = v.id
JOIN problems p ON v.problem = p.id"""


class Session(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hone-noisy-")
        self.store = os.path.join(self.folder.name, "s.store")

    def tearDown(self):
        self.folder.cleanup()

    def tune(self, n_trials, log, waited="0"):
        """What was asked to be timed: lists of (group, stays, true ns)."""
        log = os.path.join(self.folder.name, log)
        done = subprocess.run(
            [HONE, "tune", MODEL, "-o", self.store, "--target", TARGET, "--runner", f"{RUNNER} {TARGET} {log} {waited}",
             "--strategy", "random", "--max-trials", str(n_trials), "--budget", "10h", "--max-tokens", "1", "--context",
             "64", "--quiet"], capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.said = done.stdout
        with open(log) as lines:
            return [[tuple(map(float, one.split(":"))) for one in line.split()] for line in lines]

    def read(self, query):
        db = sqlite3.connect(self.store)
        rows = db.execute(query).fetchall()
        db.close()
        return rows

    def test_drift_is_divided_out(self):
        asked = [one for one in self.tune(5, "log") if not any(stays for _, stays, _ in one)]
        trials = [t for t in self.read(TRIALS) if t[3] == 0]
        self.assertEqual(len(asked), len(trials))
        anchors, n_beside, off = {}, 0, []
        for contenders, (key, _, _, _, ns, _, n_samples) in zip(asked, trials):
            true_ns = contenders[-1][2]
            if key not in anchors:
                self.assertEqual(len(contenders), 1)
                anchors[key] = ns / true_ns
                continue
            self.assertEqual(len(contenders), 2)
            n_beside += 1
            if n_samples >= 8:
                off.append(abs(ns / true_ns / anchors[key] - 1))
        self.assertGreater(n_beside, 20)
        print(f"{len(off)} trials beside a reference: at most {100 * max(off):.1f} % off")
        self.assertLess(max(off), 0.03)
        self.assertGreater(max(anchors.values()) / min(anchors.values()), 1.15)  # the machine did drift

    def test_finals_hold_default_and_incumbents(self):
        self.tune(3, "first")
        winners = self.read(WINNERS)
        finals = [one for one in self.tune(6, "second") if one[0][1]]
        self.assertGreater(len(finals), 5)
        for final in finals:
            self.assertEqual([stays for _, stays, _ in final], [1] + [0] * (len(final) - 1))
        trials = self.read(TRIALS)
        n_checked = 0
        for key in {t[0] for t in trials}:
            of = [t for t in trials if t[0] == key]
            last = max(t[3] for t in of)
            in_last = {t[1:3] for t in of if t[3] == last}
            if last < 2:
                continue
            n_checked += 1
            self.assertIn(of[0][1:3], in_last)  # the first trial is the default
            for winner in winners:
                if winner[0] == key:
                    self.assertIn(winner[1:3], in_last)
        self.assertGreater(n_checked, 5)

    def test_noise_is_told(self):
        self.tune(2, "calm")
        self.assertNotIn("noisy:", self.said)
        self.assertFalse([t for t in self.read(TRIALS) if "noisy" in t[5] or "waited=" not in t[5]])
        self.tune(3, "busy", "0.4")
        self.assertIn("noisy: the machine had too much else to do", self.said)
        self.assertTrue([t for t in self.read(TRIALS) if t[5].endswith("noisy") and "waited=0.40" in t[5]])


if __name__ == "__main__":
    if "not found" in subprocess.run([HONE, "probe", "--no-ceilings"], capture_output=True, text=True).stdout.split(
            "compiler")[-1].split("\n")[0]:
        print("SKIPPED: no compiler")
        sys.exit(77)
    unittest.main()
