# SPDX-License-Identifier: MIT
"""`hone compare`, and the final of `hone pack`: the winner of a comparison is what OUT becomes, and
nothing else stays behind. Verdicts come from a stand-in for hone-run; two tests time for real."""
import filecmp
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from road import (FAILED, SANITIZED, SHIPPED, SOURCE, USAGE, RoadTest, environment, main, must, pack, program,
                  run, usable)

RESULT = '{"n_pairs": 8, "n_prompt": 9, "n_gen": 3, "mix": {"ratio": %g, "ratio_low": %g, "ratio_high": %g}}'


def compare(package, other, *options):
    return json.loads(must("hone", "compare", package, other, "--json", *options).stdout)


class Compare(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = pack(SHIPPED, os.path.join(cls.folder, "native.hone"), activations="int8", kv="f16")

    def test_itself(self):
        result = compare(self.package, self.package, "-p", 64, "-n", 16, "-r", 9)
        self.assertEqual((result["n_pairs"], result["n_prompt"], result["n_gen"]), (9, 64, 16))
        self.assertIs(result["cut"], False)
        self.assertEqual([t["test"] for t in result["tests"]], ["pp64", "tg16"])
        for test in result["tests"] + [result["mix"]]:
            self.assertEqual((len(test["package_ns"]), len(test["other_ns"])), (9, 9))
            self.assertLessEqual(test["ratio_low"], test["ratio"])
            self.assertLessEqual(test["ratio"], test["ratio_high"])
        for i in range(9):
            parts = [t["other_ns"][i] for t in result["tests"]]
            self.assertAlmostEqual(sum(parts), result["mix"]["other_ns"][i], delta=2)
        # Medians by another road: the 95 % interval of nine values leaves out one at each end.
        ratios = sorted(b / a for a, b in zip(result["mix"]["package_ns"], result["mix"]["other_ns"]))
        self.assertAlmostEqual(result["mix"]["ratio"], ratios[4], places=5)
        self.assertAlmostEqual(result["mix"]["ratio_low"], ratios[1], places=5)
        self.assertAlmostEqual(result["mix"]["ratio_high"], ratios[7], places=5)

    @unittest.skipIf(SANITIZED, "times")
    def test_itself_is_as_fast(self):
        """A bias between first and second would show every time; a neighbour's load does not."""
        seen = []
        for _ in range(4):
            mix = compare(self.package, self.package, "-p", 64, "-n", 16, "-r", 25)["mix"]
            seen.append((mix["ratio_low"], mix["ratio_high"]))
            if seen[-1][0] < 1.15 and seen[-1][1] > 0.87:
                return
        self.fail(f"intervals of a package against itself: {seen}")

    @unittest.skipIf(SANITIZED, "times")
    def test_slower(self):
        if not usable("avx2"):
            self.skipTest("no avx2: native is as slow")
        slow = pack(SHIPPED, self.path("slow.hone"), activations="int8", kv="f16", target="portable")
        options = ("-p", 64, "-n", 4, "-r", 6)
        pairs = [(compare(slow, self.package, *options)["mix"]["ratio"],
                  compare(self.package, slow, *options)["mix"]["ratio"]) for _ in range(3)]
        self.assertTrue(any(a < 0.9 and b > 1.1 for a, b in pairs), pairs)

    def test_table(self):
        lines = must("hone", "compare", self.package, self.package, "-p", 8, "-n", 2, "-r",
                     2).stdout.decode().splitlines()
        self.assertEqual(len(lines), 5)
        number = r"\d+\.\d\d"
        self.assertRegex(lines[-1], rf"^mix \(pp8 \+ tg2\): \S+native.hone is {number}x \S+native.hone "
                                    rf"\[{number}, {number}\], 2 pairs$")
        self.assertEqual({len(line) for line in lines[:-1]}, {len(lines[0])})

    def test_cut_to_context(self):
        result = compare(self.package, self.package, "-d", 482, "-r", 1, "-n", 128, "-p", 512)
        self.assertEqual((result["n_prompt"], result["n_gen"], result["cut"]), (24, 6, True))
        said = must("hone", "compare", self.package, self.package, "-d", 500, "-r", 1).stdout.decode()
        self.assertTrue(said.startswith("cut to fit the context of 512"), said)

    def test_by_time(self):
        result = compare(self.package, self.package, "-p", 4, "-n", 1, "--seconds", 0.2)
        self.assertGreaterEqual(result["n_pairs"], 6)
        self.assertEqual(result["n_pairs"] % 2, 0)

    def test_parts(self):
        for options, tests in ((("-p", 0, "-n", 3), ["tg3"]), (("-p", 3, "-n", 0), ["pp3"])):
            result = compare(self.package, self.package, "-r", 1, *options)
            self.assertEqual([t["test"] for t in result["tests"]], tests)

    def test_refused(self):
        both = (self.package, self.package)
        for words, code, said in (((*both, "-r", 0), USAGE, "-r"), ((*both, "-r", 1001), USAGE, "-r"),
                                  ((self.package,), USAGE, "compare PACKAGE OTHER"),
                                  ((*both, "-p", 0, "-n", 0), USAGE, "nothing"),
                                  ((*both, "-d", 511), FAILED, "512"), ((*both, "-d", 2 ** 32 - 1), FAILED, "512"),
                                  ((self.package, self.path("none.hone")), FAILED, "none.hone")):
            with self.subTest(words=words):
                self.assert_refused(run("hone", "compare", *words), code, said)


class Final(RoadTest):
    """With a copy of hone, whose hone-run the test writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = os.path.join(cls.folder, "s.store")
        must("hone", "tune", SHIPPED, "--budget", "6s", "--max-trials", 1, "-o", cls.store, "-q")
        cls.n_edited = cls.make_winners_slow()
        cls.tuned, cls.default = (os.path.join(cls.folder, n) for n in ("tuned.hone", "default.hone"))
        must("hone", "pack", SHIPPED, cls.store, "-o", cls.tuned, "--no-final", "-q")
        must("hone", "pack", SHIPPED, "-o", cls.default, "-q")
        cls.bin = os.path.join(cls.folder, "bin")
        os.mkdir(cls.bin)
        shutil.copy(program("hone"), cls.bin)

    @classmethod
    def make_winners_slow(cls):
        """Matrix kernels of long prompts take one row at a time: each reads all weights again."""
        store = sqlite3.connect(cls.store)
        rows = store.execute("SELECT v.id, v.config, v.space, p.key FROM winners w"
                             " JOIN variants v ON v.id = w.variant JOIN problems p"
                             " ON p.id = v.problem WHERE p.key LIKE 'gemm% m=65-512@512'").fetchall()
        for number, config, space, key in rows:
            config = re.sub(r"\b(MR|NV|RB)=\d+", r"\1=1", config)
            config = re.sub(r"\b(MT|RI|PACK)=\d+", r"\1=0", config)
            # One of other code than it was tuned with would be left out.
            shown = must("hone", "show", space, "--problem", key, "--config", config).stdout.decode()
            code_key = re.search(r"\b[0-9a-f]{64}\b", shown).group(0)
            store.execute("UPDATE variants SET config = ?, code_key = ? WHERE id = ?", (config, code_key, number))
        store.commit()
        store.close()
        return len(rows)

    def setUp(self):
        self.out = self.path("out.hone")
        with open(self.out, "wb") as f:
            f.write(b"what was there before")

    def stand_in(self, script):
        path = os.path.join(self.bin, "hone-run")
        with open(path, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\n" + script + "\n")
        os.chmod(path, 0o755)

    def words(self, *options):
        return [os.path.join(self.bin, "hone"), "pack", SHIPPED, self.store, "-o", self.out, *options]

    def pack(self, *options):
        return subprocess.run(self.words(*options), stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              env=environment(HONE_DATA=SOURCE), check=False)

    def assert_old(self):
        with open(self.out, "rb") as f:
            self.assertEqual(f.read(), b"what was there before")

    def assert_no_others(self):
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("out.hone") and n != "out.hone"], [])

    def test_store_is_edited(self):
        self.assertGreater(self.n_edited, 0)
        self.assertFalse(filecmp.cmp(self.tuned, self.default, shallow=False))

    def test_verdicts(self):
        for ratio, kept in (((1.2, 1.01, 1.3), "tuned"), ((1.2, 1.0, 1.3), "default"), ((0.5, 0.4, 0.6), "default")):
            with self.subTest(ratio=ratio):
                self.stand_in(f"echo '{RESULT % ratio}'")
                done = self.pack()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(filecmp.cmp(self.out, getattr(self, kept), shallow=False), f"not the {kept} package")
                line = next(x for x in done.stdout.decode().splitlines() if x.startswith("final"))
                self.assertIn(f"{ratio[0]:.2f}x the default [{ratio[1]:.2f}, {ratio[2]:.2f}], 8 pairs", line)
                self.assertIn("tuned package is kept" if kept == "tuned" else "is the default package", line)
                self.assert_no_others()

    def test_json(self):
        self.stand_in(f"echo '{RESULT % (1.5, 1.25, 2)}'")
        report = json.loads(self.pack("--json").stdout)
        self.assertEqual(report["final"], {"kept": "tuned", "ratio": 1.5, "ratio_low": 1.25, "ratio_high": 2.0,
                                           "n_pairs": 8,
                                           "n_prompt": 9, "n_gen": 3})
        self.assertEqual(report["package_bytes"], os.path.getsize(self.out))
        self.assertGreater(report["n_tuned_kernels"], 0)
        self.assertEqual([(x["m_min"], x["m_max"]) for x in report["lists"]],
                         [(1, 1), (2, 4), (5, 8), (9, 16), (17, 64), (65, 512)])
        self.stand_in(f"echo '{RESULT % (1, 0.9, 1.1)}'")
        self.assertEqual(json.loads(self.pack("--json").stdout)["n_tuned_kernels"], 0)

    def test_called_in_order(self):
        """The tuned package first: the ratio is its gain."""
        self.stand_in(f'echo "$@" >"$0.called"; echo \'{RESULT % (1, 1, 1)}\'')
        self.pack("-q")
        with open(os.path.join(self.bin, "hone-run.called"), encoding="utf-8") as f:
            self.assertRegex(f.read(), r"^compare .*/tuned\.hone \S*/default\.hone$")

    def test_no_final(self):
        self.stand_in("exit 1")
        for options, why in ((("--no-final",), "--no-final"), (("--mix", "batch"), "chat mix")):
            done = self.pack(*options)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(why, done.stdout.decode())
            self.assert_no_others()
        self.assertIsNone(json.loads(self.pack("--no-final", "--json").stdout)["final"])

    def test_failures(self):
        for script, word in (("echo hone-run: no luck >&2; exit 3", "no luck"), ("kill -SEGV $$", "SIGSEGV"),
                             ("echo nonsense", "no result"), ("exit 0", "no result"), ("yes", "too much"),
                             ("echo '{\"n_pairs\": 3}'", "no result")):
            with self.subTest(script=script):
                self.stand_in(script)
                self.assert_refused(self.pack(), FAILED, word)
                self.assert_old()
                self.assert_no_others()

    def test_missing_program(self):
        path = os.path.join(self.bin, "hone-run")
        if os.path.exists(path):
            os.remove(path)
        self.assert_refused(self.pack(), FAILED, "cannot start", "hone-run")
        self.assert_old()
        self.assert_no_others()

    def start(self):
        return subprocess.Popen(self.words(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=environment(HONE_DATA=SOURCE))

    def test_signals(self):
        pid_file = os.path.join(self.bin, "hone-run.pid")
        self.stand_in('echo $$ >"$0.pid"; exec sleep 100')
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number), self.start() as child:
                deadline = time.monotonic() + 60
                while not (os.path.exists(pid_file) and os.path.getsize(pid_file)) and time.monotonic() < deadline:
                    time.sleep(0.02)
                child.send_signal(number)
                self.assertEqual(child.wait(30), -number)
                with open(pid_file, encoding="ascii") as f:
                    pid = int(f.read())
                os.remove(pid_file)
                self.assert_gone(pid)
                self.assert_old()
                self.assert_no_others()

    def assert_gone(self, pid):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                    if f.read().split(") ")[1].startswith("Z"):
                        return
            except OSError:
                return
            time.sleep(0.02)
        self.fail(f"the comparison, process {pid}, lives on")

    def test_signals_while_packing(self):
        self.stand_in("exec sleep 100")
        for wait in (0.05, 0.2, 0.4):
            with self.subTest(wait=wait), self.start() as child:
                time.sleep(wait)
                child.terminate()
                self.assertEqual(child.wait(30), -signal.SIGTERM)
                self.assert_old()
                self.assert_no_others()

    @unittest.skipIf(SANITIZED, "times")
    def test_slow_winners(self):
        """For real: winners that are slower than the defaults do not reach a package."""
        result = compare(self.tuned, self.default, "-p", 384, "-n", 1, "-r", 8, "-t", 1)
        self.assertLess(result["mix"]["ratio"], 1)
        done = must("hone", "pack", SHIPPED, self.store, "-o", self.out)
        self.assertIn(b"out.hone is the default package", done.stdout)
        self.assertTrue(filecmp.cmp(self.out, self.default, shallow=False))
        self.assert_no_others()


if __name__ == "__main__":
    main()
