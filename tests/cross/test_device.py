# SPDX-License-Identifier: MIT
"""hone-runner and hone-run built for another architecture, under a user-mode emulator: kernels judged
behind the runner, the shipped model from a cross-made package, a tune. HONE_CROSS names the folder that
holds the builds aarch64/ and riscv64/; without it nothing is run.

usage: test_device.py aarch64|riscv64"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

SOURCE = os.environ.get("HONE_SOURCE", os.path.join(os.path.dirname(__file__), "../.."))
BIN = os.environ.get("HONE_BIN", os.path.join(SOURCE, "build/bin"))
CROSS = os.environ.get("HONE_CROSS", "")
MODEL = os.path.join(SOURCE, "examples/models/shakespeare.gguf")
NO_DEVICE = 5
IDS = "1 17 40 33 7"
VECTORS = "rv64,v=true,vext_spec=v1.0,vlen="
# name -> architecture, emulator, target of packages and kernels, an emulator that lacks something, what
MACHINES = {
    "aarch64": ("aarch64", "qemu-aarch64 -cpu max", "aarch64+dotprod", "qemu-aarch64 -cpu cortex-a72",
                "it lacks dotprod"),
    "riscv64": ("riscv64", f"qemu-riscv64 -cpu {VECTORS}256", "riscv64+v+zvl256b",
                f"qemu-riscv64 -cpu {VECTORS}128", "it lacks zvl256b (vector registers of 256 bits)"),
}
# Kernels of the vocabulary's every operation; all others where HONE_CROSS_ALL is set. An emulated vector
# instruction of RISC-V takes a microsecond.
SPACES = ["gemm_i8", "embed", "rope_append", "quantize", "rmsnorm"]
MORE = {"aarch64": ["gemm_i8r", "gemm_f32", "gemm_bf16", "attention"], "riscv64": []}


def run(*command, timeout=1800):
    return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=timeout, capture_output=True, text=True,
                          check=False)


def program(name):
    return os.path.join(BIN, name)


class Device(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        arch, cls.emulator, cls.target, cls.lesser, cls.lacks = MACHINES[NAME]
        cls.run_path = os.path.join(CROSS, arch, "bin/hone-run")
        cls.runner = f"{cls.emulator} {os.path.join(CROSS, arch, 'bin/hone-runner')}"
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def must(self, *command):
        done = run(*command)
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr}")
        return done

    def pack(self, name, *options):
        path = os.path.join(self.folder, name)
        self.must(program("hone"), "pack", MODEL, "-o", path, "--max-tokens", "8", "-q", *options)
        return path

    def device(self, *arguments, emulator=None):
        return run(*(emulator or self.emulator).split(), self.run_path, *arguments, "-t", "1")

    def test_the_model_says_the_same(self):
        here = self.pack("here.hone", "--activations", "f32")
        there = self.pack("there.hone", "--activations", "f32", "--target", self.target)
        words = ("--ids", IDS, "-n", "12", "--temp", "0")
        want = self.must(program("hone-run"), "run", here, *words).stdout
        done = self.device("run", there, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, want)
        self.assertGreater(len(want), 12)
        done = self.device("run", there, "-p", "KING")
        self.assertIn("no PCRE2", done.stderr)
        for arguments in (("--ids", "1 99999"), ("--ids", "1 x"), ("--ids", "-1"), ("--ids", "")):
            self.assertNotEqual(self.device("run", there, *arguments).returncode, 0, arguments)

    def test_int8_logits_are_close(self):
        tokens = os.path.join(self.folder, "tokens")
        with open(tokens, "w", encoding="ascii") as f:
            f.write(IDS + " 200 13\n")
        rows = {}
        for name, options in (("here", ()), ("there", ("--target", self.target))):
            package, logits = self.pack(name + "8.hone", *options), os.path.join(self.folder, name)
            arguments = ("eval", package, "--tokens", tokens, "--logits", logits)
            done = self.device(*arguments) if name == "there" else run(program("hone-run"), *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows[name] = np.fromfile(logits, "<f4").astype(float)
        error = np.sum((rows["here"] - rows["there"]) ** 2) / np.sum(rows["here"] ** 2)
        print(f"{NAME}: int8 logits differ from this machine's by {error:.2g} of their power")
        self.assertLess(error, 1e-4)

    @unittest.skipIf(sys.argv[1:2] == ["riscv64"] and not os.environ.get("HONE_CROSS_ALL"), "minutes")
    def test_a_package_is_verified_there(self):
        there = self.pack("verified.hone", "--target", self.target)
        done = self.must(program("hone"), "verify", there, "-t", "1", "--runner", self.runner)
        print(done.stdout.strip().splitlines()[-1])
        self.assertIn("kernels are right", done.stdout)

    def test_a_lesser_machine_refuses(self):
        there = self.pack("lesser.hone", "--target", self.target)
        done = self.device("run", there, "--ids", IDS, emulator=self.lesser)
        self.assertEqual(done.returncode, NO_DEVICE, done.stderr)
        self.assertIn(self.lacks, done.stderr)
        runner = self.runner.replace(self.emulator, self.lesser)
        done = run(program("hone"), "tune", MODEL, "-o", os.path.join(self.folder, "no.store"), "--budget", "1s",
                   "--target", self.target, "--runner", runner)
        self.assertEqual(done.returncode, NO_DEVICE, done.stderr)
        self.assertIn("does not run on the runner's", done.stderr)

    def test_kernels_are_right(self):
        spaces = [None] if os.environ.get("HONE_CROSS_ALL") else SPACES + MORE[NAME]
        for space in spaces:
            which = ["--space", space] if space else []
            done = run(program("kernel_check"), *which, "--isa", self.target, "--runner", self.runner, "--short",
                       "--points", "1", "--few", "0", "--cpus", "8", timeout=6000)
            print(done.stdout, end="")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn(" 0 failed", done.stdout)

    def test_tunes_from_here(self):
        store = os.path.join(self.folder, "there.store")
        done = self.must(program("hone"), "tune", MODEL, "-o", store, "--runner", self.runner, "-t", "1", "--budget",
                         "8s", "--max-trials", "2", "--context", "64", "--max-tokens", "8")
        print(done.stdout.strip().splitlines()[-1])
        self.assertIn("emulated on", done.stdout)
        self.assertIn("problems tuned", done.stdout)
        probe = self.must(program("hone"), "probe", "--runner", self.runner, "--no-ceilings").stdout
        target = next(line.split()[1] for line in probe.splitlines() if line.startswith("target"))
        tuned = self.pack("tuned.hone", store, "--target", target)
        done = self.device("run", tuned, "--ids", IDS, "-n", "2")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    NAME = sys.argv.pop(1)
    emulator = MACHINES[NAME][1].split()[0]
    if not CROSS or not shutil.which(emulator):
        print(f"skipped: kernels and programs of {NAME} ran nowhere: tests/run.sh --cross installs {emulator} "
              "and a cross compiler, and runs them")
        sys.exit(77)
    unittest.main()
