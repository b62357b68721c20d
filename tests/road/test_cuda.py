# SPDX-License-Identifier: MIT
"""The road on an NVIDIA GPU, on the driver library of our own: NVRTC compiles, its PTX is interpreted. Tuned by
instruction counts, packed, run; with f32 kernels the CPU package's own tokens. HONE_CUDA_BUDGET: more tuning."""
import os
import sqlite3
import sys

from road import (BIN, NO_DEVICE, OK, RoadTest, SHIPPED, environment, main, make_model, must, pack, run)

MOCK = os.path.join(os.path.dirname(BIN), "emulators/libcuda.so.1")
BUDGET = os.environ.get("HONE_CUDA_BUDGET", "5s")
TARGET = "cuda:sm_90a"
SMALL = ("--max-tokens", 8, "--context", 64, "--page-tokens", 16)


def why_not():
    if not os.path.exists(MOCK):
        return "no driver library of our own was built"
    done = run("hone", "pack", SHIPPED, "-o", os.devnull + ".none", "--target", TARGET)
    if b"nvrtc" in done.stderr.lower() and b"not found" in done.stderr.lower():
        return "NVRTC is not here: " + done.stderr.decode().strip()
    return None


class Cuda(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ptx = os.path.join(cls.folder, "ptx")
        os.mkdir(cls.ptx)
        cls.model = make_model(os.path.join(cls.folder, "m.gguf"), "tiny", "q4_0")

    def gpu(self, **changes):
        return environment(HONE_CUDA=MOCK, HONE_PTX_DIR=self.ptx, **changes)

    def ids(self, package, env=None, n=12, prompt="5 9 3"):
        done = must("hone-run", "run", package, "--ids", prompt, "-n", n, "--temp", 0, env=env, timeout=600)
        return done.stdout.split()

    def gpu_pack(self, out, *options, activations="f32", kv="f32", env=None):
        must("hone", "pack", self.model, *options, "-o", out, "--target", TARGET, "--activations", activations,
             "--kv", kv,
             *SMALL, "-q", env=env or self.gpu(), timeout=600)
        return out

    def test_same_tokens_as_the_cpu(self):
        here = pack(self.model, self.path("cpu.hone"), *SMALL)
        there = self.gpu_pack(self.path("gpu.hone"))
        self.assertEqual(self.ids(here), self.ids(there, self.gpu()))

    def test_tuned(self):
        store, package = self.path("s.store"), self.path("t.hone")
        here = pack(self.model, self.path("cpu1.hone"), *SMALL)
        must("hone", "tune", self.model, "-o", store, "--target", TARGET, "--budget", BUDGET, "--activations",
             "f32", "--kv",
             "f32", *SMALL, "-q", env=self.gpu(), timeout=900)
        with sqlite3.connect(store) as db:
            refused = db.execute("select reason, detail from trials where not valid and reason != 'spills'").fetchall()
            valid = db.execute("select count(*) from trials where valid").fetchone()[0]
            stacks = [key for key, in db.execute("select key from stacks") if key]
        self.assertEqual(refused, [])
        self.assertGreater(valid, 2)
        self.assertTrue(all("; driver=cuda " in s and "; unit=GPU-" in s for s in stacks), stacks)
        self.gpu_pack(package, store)
        self.assertEqual(self.ids(here), self.ids(package, self.gpu()))
        must("hone", "trials", store, "--finals")

    def test_one_package_for_both(self):
        package, alone = self.path("both.hone"), self.path("one.hone")
        pack(self.model, alone, *SMALL)
        must("hone", "pack", self.model, "-o", package, "--target", f"native,{TARGET},cuda:sm_80", "--activations",
             "f32",
             "--kv", "f32", *SMALL, "-q", env=environment(HONE_PTX_DIR=self.ptx), timeout=600)
        want = self.ids(alone)
        self.assertEqual(self.ids(package, environment(HONE_CUDA="/nonexistent")), want)
        self.assertEqual(self.ids(package, self.gpu()), want)
        self.assertEqual(self.ids(package, self.gpu(HONE_DEVICE="cpu")), want)
        self.assertEqual(self.ids(package, self.gpu(MOCK_CUDA_CC="8.0")), want)

    def test_without_a_driver(self):
        package = self.gpu_pack(self.path("n.hone"), env=environment(HONE_CUDA=None))
        nowhere = environment(HONE_CUDA="/nonexistent/libcuda.so.1")
        self.assert_refused(run("hone-run", "run", package, "--ids", "1", "-n", 1, env=nowhere), NO_DEVICE, "libcuda")
        self.assert_refused(run("hone", "tune", self.model, "-o", self.path("x.store"), "--device", "cuda",
                                env=nowhere),
                            NO_DEVICE, "libcuda")
        self.assertEqual(run("hone", "inspect", package, env=nowhere).returncode, OK)
        self.assert_refused(run("hone", "pack", self.model, "-o", self.path("y.hone"), "--target", "cuda", env=nowhere),
                            NO_DEVICE, "libcuda")

    def test_verified(self):
        package = self.gpu_pack(self.path("v.hone"))
        done = must("hone", "verify", package, env=self.gpu(), timeout=900)
        self.assertIn(b"are right on this machine", done.stdout)

    def test_a_lost_device_costs_one_variant(self):
        """The n-th launch fails as an illegal address does: its runner goes, the next kernel is tried in a new one."""
        store = self.path("l.store")
        must("hone", "tune", self.model, "-o", store, "--target", TARGET, "--budget", "3s", "--max-trials", 2, *SMALL,
             "--activations", "f32", "--kv", "f32", "-q", env=self.gpu(MOCK_CUDA_FAIL="cuLaunchKernel:9:700"),
             timeout=900)
        with sqlite3.connect(store) as db:
            crashed = db.execute("select count(*) from trials where reason = 'crash'").fetchone()[0]
            kept = db.execute("select count(*) from quarantine where reason = 'crash'").fetchone()[0]
            valid = db.execute("select count(*) from trials where valid").fetchone()[0]
        self.assertGreater(crashed, 0)
        self.assertEqual(kept, crashed)
        print(f"{crashed} crashed, {valid} valid")

    def test_probe(self):
        done = must("hone", "probe", "--device", "cuda", env=self.gpu(), timeout=600)
        for word in (b"copy_memory", b"fma_f32", b"GPU-"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    main()
