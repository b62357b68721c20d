# SPDX-License-Identifier: MIT
"""A store whose disk is full, fails, cannot be written, is shared, or is damaged: one clear line and a
documented exit code, or the work is done; what was there stays, and the choice is that of a tune that
nothing befell. The kernels' times come from a runner with a clock of its own. HONE_FAULT_POINTS sets how
many places are tried of each kind (10), beside the first and last calls that write."""
import contextlib
import errno
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

BIN = os.path.abspath(os.environ["HONE_BIN"])
LIBRARY = os.environ.get("HONE_FAIL_WRITE", "")
SEED = int(os.environ.get("HONE_SEED", "1"))
POINTS = int(os.environ.get("HONE_FAULT_POINTS", "10"))
LATE = 30
OK, FAILED, REFUSED, IO, BUSY = 0, 1, 6, 74, 75
NOBODY = 65534
TRIALS = """SELECT p.key, v.space, v.config, t.round, t.valid, t.median_ns FROM trials t
    JOIN variants v ON v.id = t.variant JOIN problems p ON p.id = v.problem"""
WINNERS = """SELECT p.key, v.space, v.config, v.formats, w.median_ns, w.ratio FROM winners w
    JOIN variants v ON v.id = w.variant JOIN problems p ON p.id = v.problem"""


def hone(*arguments, **options):
    env = dict(os.environ, **options.pop("env", {}))
    return subprocess.run([os.path.join(BIN, "hone"), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300, env=env, check=False, **options)


def rows(path, query):
    """Closed also where it fails: in one process, all connections to a file share what the first of them
    knew of its WAL."""
    with contextlib.closing(sqlite3.connect(path)) as store:
        return sorted(store.execute(query).fetchall())


def copy(path, to):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(to + end):
            os.remove(to + end)
    shutil.copyfile(path, to)
    return to


class StoreFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="hone-faults-")
        cls.folder = cls.dir.name
        os.chmod(cls.folder, 0o755)
        cls.model = cls.path("m.gguf")
        subprocess.run([os.path.join(BIN, "make_model"), "primevocab", "--type", "f32", cls.model], check=True,
                       stdout=subprocess.DEVNULL)
        # What is there before anything happens, and what must be there in the end.
        cls.base, cls.whole, cls.store = cls.path("base.store"), cls.path("whole.store"), cls.path("a.store")
        for path, n in ((cls.base, 2), (cls.whole, 2), (cls.whole, 3)):
            done = cls.tune(path, n)
            if b"LLVM" in done.stderr:
                print(f"skipped: {done.stderr.decode()}")
                sys.exit(77)
            if done.returncode:
                raise AssertionError(done.stderr.decode())
        cls.before, cls.after = rows(cls.base, TRIALS), rows(cls.whole, TRIALS)
        cls.winners = rows(cls.whole, WINNERS)

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def tune(cls, path, n_trials=3, **options):
        return hone("tune", cls.model, "-o", path, "--budget", "1h", "--max-tokens", 1, "--max-trials", n_trials,
                    "--strategy", "climb", "--alone", "--threads", 1, "-q", "--runner",
                    os.path.join(BIN, "fake_runner"), **options)

    def refused(self, done, codes=(IO, BUSY)):
        text = done.stderr.decode(errors="replace")
        self.assertIn(done.returncode, codes, text)
        self.assertEqual(text.count("\n"), 1, text)
        self.assertRegex(text, r"^hone: .")

    def ends_whole(self, path):
        done = self.tune(path)
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        found = rows(path, TRIALS)
        self.assertEqual([r for r in found if r[3] == 0], [r for r in self.after if r[3] == 0])
        self.assertEqual(rows(path, WINNERS), self.winners)

    def test_writes_fail(self):
        if not LIBRARY:
            self.skipTest("no library to preload in this build")
        copy(self.base, self.store)
        env = {"LD_PRELOAD": LIBRARY, "FAIL_PATH": "a.store", "FAIL_COUNT": self.path("count")}
        done = self.tune(self.store, env=env)
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        with open(self.path("count"), encoding="ascii") as f:
            n_calls = int(f.read())
        ways = [(errno.ENOSPC, 1, 0), (errno.EIO, 0, 0), (errno.EDQUOT, 1, 1), (errno.EIO, 1, 0), (errno.ENOSPC, 0, 1)]
        # The first make the store's files, the last bring what was committed into its main file.
        places = {*range(1, 4), *range(max(1, n_calls - LATE + 1), n_calls + 1)}
        places = sorted(places | {*random.Random(SEED).sample(range(1, n_calls + 1), min(POINTS, n_calls))})
        n_refused = 0
        for i, at in enumerate(places):
            number, always, short = ways[i % len(ways)]
            with self.subTest(at=at, error=errno.errorcode[number], always=always, short=short):
                copy(self.base, self.store)
                env = {"LD_PRELOAD": LIBRARY, "FAIL_PATH": "a.store", "FAIL_AT": str(at), "FAIL_ERRNO": str(number),
                       "FAIL_ALWAYS": str(always), "FAIL_SHORT": str(short)}
                done = self.tune(self.store, env=env)
                if done.returncode != OK:
                    n_refused += 1
                    self.refused(done)
                listed = hone("trials", self.store, "--json")
                self.assertEqual(listed.returncode, OK, listed.stderr.decode())
                there = rows(self.store, TRIALS)
                self.assertTrue(set(self.before) <= set(there))
                self.assertEqual(len(there), len({r[:4] for r in there}))
                self.ends_whole(self.store)
        print(f"seed {SEED}: {len(places)} of {n_calls} writing calls failed, {n_refused} refused")
        self.assertGreater(n_refused, 0)

    def as_nobody(self, *arguments):
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        return hone(*arguments, **user)

    def test_read_only(self):
        folder = self.path("closed")
        os.mkdir(folder, 0o755)
        path = copy(self.base, os.path.join(folder, "a.store"))
        os.chmod(path, 0o444)
        os.chmod(folder, 0o555)
        with open(path, "rb") as f:
            before = f.read()
        try:
            program = os.path.join(BIN, "hone")
            if os.getuid() == 0 and subprocess.run(["test", "-x", program], user=NOBODY, check=False).returncode:
                self.skipTest("another user cannot run what was built")
            done = self.as_nobody("tune", self.model, "-o", path, "--budget", "1h", "--max-tokens", 1, "-q",
                                  "--max-trials", 3, "--runner", os.path.join(BIN, "fake_runner"))
            self.refused(done)
            done = self.as_nobody("trials", path)
            self.assertEqual(done.returncode, OK, done.stderr.decode())
            done = self.as_nobody("tune", self.model, "-o", os.path.join(folder, "new.store"), "-q")
            self.refused(done)
            done = self.as_nobody("tune", self.model, "-o", os.path.join(folder, "none/new.store"), "-q")
            self.refused(done)
        finally:
            os.chmod(folder, 0o755)
        self.assertEqual(os.listdir(folder), ["a.store"])
        with open(path, "rb") as f:
            self.assertEqual(f.read(), before)

    def test_device_fails(self):
        """A failure of the device is nobody's trial: the session goes on, the next one tries it again; a device that
        fails every time ends the session."""
        copy(self.base, self.store)
        done = self.tune(self.store, env={"FAKE_FAILS": "2:3"})
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        listed = hone("trials", self.store, "--json").stdout.decode()
        self.assertNotIn('"device has', listed)
        self.assertNotIn("lost its context", listed)
        self.assertLess(len([r for r in rows(self.store, TRIALS) if r[3] == 0]),
                        len([r for r in self.after if r[3] == 0]))
        done = self.tune(self.store)
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        self.assertEqual({r[:3] for r in rows(self.store, TRIALS) if r[3] == 0},
                         {r[:3] for r in self.after if r[3] == 0})
        copy(self.base, self.store)
        done = self.tune(self.store, env={"FAKE_FAILS": "2:1000000"})
        self.refused(done, (IO,))
        self.assertIn("its device failed 4 times in a row: the device has lost its context", done.stderr.decode())
        self.ends_whole(self.store)

    def test_two_tuners(self):
        copy(self.base, self.store)
        command = [os.path.join(BIN, "hone"), "tune", self.model, "-o", self.store, "--budget", "1h", "--max-tokens",
                   "1",
                   "--max-trials", "3", "--strategy", "climb", "--alone", "--threads", "1", "-q", "--runner",
                   os.path.join(BIN, "fake_runner")]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        for process in both:
            _, text = process.communicate(timeout=300)
            self.assertEqual(process.returncode, OK, text.decode())
        self.ends_whole(self.store)

    def damaged(self, name, damage):
        """Tries the file with each damage; returns how many were refused."""
        with open(self.whole, "rb") as f:
            good = f.read()
        proven = {r[:3] for r in self.after if r[4]}
        n_refused = 0
        draw = random.Random(SEED)
        for _ in range(POINTS):
            at = draw.randrange(len(good))
            with self.subTest(damage=name, at=at):
                copy(self.whole, self.store)
                bad = damage(good, at, draw)
                with open(self.store, "wb") as f:
                    f.write(bad)
                try: # a name with another letter is what was done to it, and nobody's choice
                    done_to_it = {r[:3] for r in rows(self.store, WINNERS)} - proven
                except (sqlite3.Error, UnicodeDecodeError):
                    done_to_it = set()
                listed = hone("trials", self.store, "--json")
                if listed.returncode != OK:
                    self.refused(listed, (FAILED, REFUSED, IO))
                done = self.tune(self.store)
                if done.returncode != OK:
                    self.refused(done, (FAILED, REFUSED, IO))
                    n_refused += 1
                    continue
                for winner in rows(self.store, WINNERS):
                    self.assertIn(winner[:3], proven | done_to_it)
        print(f"seed {SEED}: {name} at {POINTS} places, {n_refused} refused")
        return n_refused

    def test_cut_short(self):
        self.assertGreater(self.damaged("cut", lambda good, at, draw: good[:at]), 0)

    def test_changed_bytes(self):
        self.damaged("changed", lambda good, at, draw: good[:at] + bytes([good[at] ^ (1 << draw.randrange(8))])
                     + good[at + 1:])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
