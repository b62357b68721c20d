# SPDX-License-Identifier: MIT
"""Packages made here for machines that are not here: what they say of themselves, and that nobody
runs them by mistake. Needs no emulator."""
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("HONE_SOURCE", os.path.join(os.path.dirname(__file__), "../.."))
BIN = os.environ.get("HONE_BIN", os.path.join(SOURCE, "build/bin"))
MODEL = os.path.join(SOURCE, "examples/models/shakespeare.gguf")
USAGE, NO_DEVICE = 2, 5
# what --target takes -> what the package says
TARGETS = {
    "aarch64+dotprod": "cpu:aarch64:dotprod",
    "riscv64+v+zvl256b": "cpu:riscv64:v+zvl256b",
}


def run(name, *arguments):
    return subprocess.run([os.path.join(BIN, name), *arguments], stdin=subprocess.DEVNULL, timeout=600,
                          capture_output=True, text=True, check=False)


class Foreign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.packages = {}
        for target in TARGETS:
            cls.packages[target] = os.path.join(cls.folder.name, target + ".hone")
            done = run("hone", "pack", MODEL, "--target", target, "--max-tokens", "4", "-o", cls.packages[target])
            if done.returncode:
                raise AssertionError(done.stderr)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_package_names_its_target(self):
        for target, full in TARGETS.items():
            self.assertIn(full, run("hone", "inspect", self.packages[target]).stdout)
            done = run("hone", "verify", "--only-hashes", self.packages[target])
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_another_machine_refuses_it(self):
        for target, full in TARGETS.items():
            for verb in ("run", "bench"):
                done = run("hone-run", verb, self.packages[target])
                self.assertEqual(done.returncode, NO_DEVICE, done.stderr)
                self.assertIn(f"made for {full}, this machine is cpu:", done.stderr)
                self.assertIn("it lacks a cpu of architecture " + target.split("+")[0], done.stderr)
            done = run("hone", "verify", self.packages[target])
            self.assertEqual(done.returncode, NO_DEVICE, done.stderr)
            self.assertIn("hashes are right, but its kernels are for " + full, done.stderr)

    def test_the_machine_described_decides(self):
        """Facts come from the description alone: twice the same bytes, another machine other ones."""
        made = []
        for i, machine in enumerate(("cpus=2,l1=32KiB", "cpus=2,l1=32KiB", "cpus=64,l1=32KiB")):
            path = os.path.join(self.folder.name, f"{i}.hone")
            done = run("hone", "pack", MODEL, "--target", "aarch64+dotprod", "--max-tokens", "4", "--machine",
                       machine, "-o", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, "rb") as f:
                made.append(f.read())
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])

    def test_wrong_targets_and_machines(self):
        for option, text, message in (("--target", "x86_64+dotprod", "'dotprod' is a feature of aarch64"),
                                      ("--target", "riscv64+zvl256b", "without a feature it needs"),
                                      ("--machine", "cores=4", "'cores': expected cpus, l1, l2 or l3"),
                                      ("--machine", "cpus=0", "cpus=0: expected 1 to 4096"),
                                      ("--machine", "cpus=4KiB", "'4KiB' is no number"),
                                      ("--machine", "l1=much", "'much' is no amount of memory"),
                                      ("--machine", "l1=2x", "is a ratio"),
                                      ("--machine", "l1", "expected NAME=VALUE"),
                                      ("--machine", "l1=1,", "ends with a comma")):
            done = run("hone", "pack", MODEL, option, text, "-o", os.path.join(self.folder.name, "no.hone"))
            self.assertEqual(done.returncode, USAGE, text)
            self.assertIn(message, done.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.folder.name, "no.hone")))


def has_compiler():
    return " none" not in next(line for line in run("hone", "probe", "--no-ceilings").stdout.splitlines()
                               if line.startswith("compiler"))


if __name__ == "__main__":
    if not has_compiler():
        print("skipped: no LLVM here")
        sys.exit(77)
    unittest.main()
