# SPDX-License-Identifier: MIT
"""A package for problems that were not tuned takes the winner of the nearest that was, where it is valid; it says so,
and gives the numbers of the defaults."""
import json
import re
import subprocess

import numpy as np

from road import RoadTest, SHIPPED, environment, evaluate, main, must, program, random_sequences

# Of a model that is none of ours: twice the rows of weights.
KEY = "gemm_silu_mul n=1536 k=256 types=q8a,q8_0,q8_0,f32 acts=q8a m={rows}"
ROWS = "1-1@1"


class Near(RoadTest):
    def default(self, key):
        text = must("hone", "show", "gemm_i8_silu_mul", "--problem", key, "--launch").stdout.decode()
        return re.search(r"(?m)^config +(.*)$", text).group(1)

    def store(self, name, rows, **changes):
        key = KEY.format(rows=rows)
        config = self.default(key)
        for parameter, value in changes.items():
            config, n = re.subn(rf"\b{parameter}=\d+", f"{parameter}={value}", config)
            self.assertEqual(n, 1, config)
        text = re.search(rb'"target": *"([^"]*)"', must("hone", "probe", "--no-ceilings", "--json").stdout)
        subprocess.run([program("store_writer"), self.path(name), text.group(1).decode(), "2"],
                       input=f"{key}|gemm_i8_silu_mul|{config}|1000\n".encode(), check=True, env=environment())
        return self.path(name), config

    def pack(self, out, *store):
        done = must("hone", "pack", SHIPPED, *store, "-o", self.path(out), "--activations", "int8", "--kv", "f32",
                    "--no-final", "--json")
        return self.path(out), json.loads(done.stdout)

    def test_nearest_winner_serves(self):
        store, config = self.store("near.store", ROWS, PF=8192)
        self.assertIn("PF=8192", config)
        package, report = self.pack("near.hone", store)
        self.assertGreaterEqual(report["n_near_kernels"], 1)
        self.assertEqual(report["n_tuned_kernels"], 0)
        text = must("hone", "pack", SHIPPED, store, "-o", self.path("said.hone"), "--activations", "int8", "--kv",
                    "f32", "--no-final").stdout.decode()
        self.assertIn("not tuned, winners of the nearest", text)
        self.assertIn("  gemm_silu_mul n=768 k=256", text)
        self.assertIn("by that of " + KEY.format(rows=ROWS), text)
        plain, report = self.pack("plain.hone")
        self.assertEqual(report["n_near_kernels"], 0)
        sequences = random_sequences(1024, [1, 2, 9, 70])
        np.testing.assert_array_equal(evaluate(package, sequences), evaluate(plain, sequences))
        must("hone", "verify", package)

    def test_nearest_winner_must_suit(self):
        """The cost formula may not say that the default is better for the problem at hand."""
        served = "  gemm_silu_mul n=768 k=256 types=q8a,q8_0,q8_0,f32 acts=q8a m=1-1@1"
        for name, changes in (("good", {"PF": 8192}), ("dear", {"NV": 1, "PF": 0})):
            store, _ = self.store(name + ".store", ROWS, **changes)
            text = must("hone", "pack", SHIPPED, store, "-o", self.path(name + ".hone"), "--activations", "int8",
                        "--kv", "f32", "--no-final").stdout.decode()
            self.assertEqual(served in text, name == "good", text)

    def test_winner_of_other_code_is_left_out(self):
        """As after a change of a template, or of a config in the store: neither proof nor time are of this code."""
        key = KEY.replace("n=1536", "n=768").format(rows=ROWS)
        config = self.default(key)
        shown = must("hone", "show", "gemm_i8_silu_mul", "--problem", key, "--config", config).stdout.decode()
        today = re.search(r"\b[0-9a-f]{64}\b", shown).group(0)
        target = re.search(rb'"target": *"([^"]*)"', must("hone", "probe", "--no-ceilings", "--json").stdout)
        other = "0" + today[1:] if today[0] != "0" else "1" + today[1:]
        for code_key, n_stale, n_tuned in ((today, 0, 1), ("-", 1, 0), (other, 1, 0)):
            store = self.path(f"{code_key[:4]}.store")
            subprocess.run([program("store_writer"), store, target.group(1).decode(), "2"],
                           input=f"{key}|gemm_i8_silu_mul|{config}|1000|{code_key}\n".encode(), check=True,
                           env=environment())
            _, report = self.pack(f"{code_key[:4]}.hone", store)
            self.assertEqual((report["n_stale_winners"], report["n_tuned_kernels"]), (n_stale, n_tuned))
        text = must("hone", "pack", SHIPPED, store, "-o", self.path("said.hone"), "--activations", "int8", "--kv",
                    "f32",
                    "--no-final").stdout.decode()
        self.assertIn(f"code has changed since they were tuned: 1, the first of {key}", text)


if __name__ == "__main__":
    main()
