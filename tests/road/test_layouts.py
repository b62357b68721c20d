# SPDX-License-Identifier: MIT
"""Second layouts of weights: a package that decodes and takes prompts from different layouts gives
the numbers of one that has a single layout, keeps to its limit, and proves itself."""
import json
import re
import subprocess

import numpy as np

from road import (RoadTest, SANITIZED, SHIPPED, TARGETS, USAGE, Driver, Rounded, cpu_flags, environment, evaluate,
                  golden, main, must, nmse,
                  program, run, usable)

BOUND = {"f32": 1e-9, "int8": 4e-4}
SPACES = {"f32": ("gemm_f32_qkv", "gemm_f32_silu_mul"), "int8": ("gemm_i8_qkv", "gemm_i8_silu_mul")}
RANGES = ("1-1@1", "65-512@512")
Q, FFN = 256 * 256, 768 * 256
ROWS = 80
WIDE = "avx512f" in cpu_flags()


def keys(activations, rows):
    x = "f32" if activations == "f32" else "q8a"
    return (f"gemm_qkv n=256 k=256 n1=64 types={x},q8_0,q8_0,q8_0,f32,f32,f32 acts={x} m={rows}",
            f"gemm_silu_mul n=768 k=256 types={x},q8_0,q8_0,f32 acts={x} m={rows}",
            # Without a time of its own, attention's output would be done as gemm and add.
            f"gemm_add n=256 k=256 types={x},q8_0,f32,f32 acts={x} m={rows}")


class Layouts(RoadTest):
    def config(self, space, key, target):
        text = must("hone", "show", space, "--problem", key, "--launch", "--target", target).stdout.decode()
        return re.search(r"(?m)^config +(.*)$", text).group(1)

    def rows(self, config, tile):
        """(the config with 8 rows together, with 16), few at once, which fits the registers."""
        for name, value in (("MT", 0), ("MR", tile), ("NV", 1), ("NB", 1), ("RI", 0), ("PACK", 0), ("KC", 0),
                            ("CONV", 0), ("MC", 1), ("AHEAD", 0), ("RB", 1), ("KU", 1)):
            config = re.sub(rf"\b{name}=\d+", f"{name}={value}", config)
        return [re.sub(r"\bR=\d+", f"R={r}", config) for r in (8, 16)]

    def store(self, name, activations, target):
        """Decode is faster with 8 rows together, the prompt with 16; each below what is guessed for kernels
        without a time, against which nothing counts as a gain."""
        lines = []
        # In f32 vectors of 16 lanes want tiles of eight rows and more for a prompt.
        tile = 8 if activations == "f32" and target == "native" and WIDE else 1
        for rows, times, tile in zip(RANGES, ((3000, 9000), (300000, 100000)), (1, tile)):
            for space, key in zip(SPACES[activations], keys(activations, rows)):
                configs = self.rows(self.config(space, key, target), tile)
                lines += [f"{key}|{space}|{config}|{ns}" for config, ns in zip(configs, times)]
            space = SPACES[activations][-1].replace("_silu_mul", "_add")
            key = keys(activations, rows)[-1]
            lines.append(f"{key}|{space}|{self.config(space, key, target)}|1000")
        text = re.search(rb'"target": *"([^"]*)"', must("hone", "probe", "--no-ceilings", "--json").stdout)
        written = text.group(1).decode() if target == "native" else target
        subprocess.run([program("store_writer"), self.path(name), written, "2"],
                       input="\n".join(lines).encode() + b"\n",
                       check=True, env=environment())
        return self.path(name)

    def make(self, activations, target, *options):
        store = self.store(f"{activations}-{target}.store", activations, TARGETS[target][0])
        out = self.path("two.hone")
        done = must("hone", "pack", SHIPPED, store, "-o", out, "--activations", activations, "--kv", "f32",
                    "--target", TARGETS[target][0], "--no-final", "--json", *options)
        return out, json.loads(done.stdout)

    def weights(self, package):
        return json.loads(must("hone", "inspect", package, "--json").stdout)["weights"]

    def assert_layouts(self, package, n_weights):
        """q, k, v and gated weights lie there twice, each list reads one of them; all others once."""
        self.assertEqual(n_weights, 30)
        for group in self.weights(package):
            n_lists = len(group["lists"])
            if group["rows"] * group["cols"] == FFN and group["rows"] == 768:
                self.assertEqual((group["n_tensors"], n_lists < 6), (12, True), group)
            elif group["rows"] * group["cols"] == Q:
                self.assertEqual(group["n_tensors"], 6, group)
            elif group["rows"] == 64:
                self.assertEqual((group["n_tensors"], n_lists < 6), (12, True), group)
            else:
                self.assertEqual(n_lists, 6, group)
        twice = [g for g in self.weights(package) if len(g["lists"]) < 6]
        self.assertEqual(len(twice), 6, twice)
        decode = {(g["rows"], g["cols"]): g["format"] for g in twice if 0 in g["lists"]}
        prompt = {(g["rows"], g["cols"]): g["format"] for g in twice if 5 in g["lists"]}
        for shape in ((256, 256), (768, 256)):
            self.assertNotEqual(decode[shape], prompt[shape])

    def test_numbers(self):
        tokens = [t for sequence in golden()[0] for t in sequence][:ROWS]
        want = Rounded(SHIPPED).logits([np.array(tokens)])
        for target, activations in (("native", "f32"), ("native", "int8"), ("avx2", "f32"), ("avx2", "int8")):
            # The packages' kernels are not sanitized themselves.
            if not usable(target) or SANITIZED and target != "native":
                continue
            with self.subTest(target=target, activations=activations):
                package, report = self.make(activations, target, "--weights-memory", "2x")
                self.assert_layouts(package, report["second_layouts"]["n_weights"])
                error = nmse(evaluate(package, [tokens], "--chunk", 1), want)
                driver = Driver()
                driver.forward((0, tokens, "last"))
                at_once = nmse(driver.run(package)[0], want[-1:])
                print(f"{target} {activations}: nmse {error:.2g} one by one, {at_once:.2g} at once")
                self.assertLessEqual(max(error, at_once), BOUND[activations])
                must("hone", "verify", package)

    def test_limits(self):
        plain, report = self.make("int8", "native")
        one = report["weight_bytes"]
        self.assertEqual(report["second_layouts"]["n_weights"], 0)
        with open(plain, "rb") as f:
            before = f.read()
        self.assertTrue(all(len(g["lists"]) == 6 for g in self.weights(plain)))
        two, report = self.make("int8", "native", "--weights-memory", str(one))
        with open(two, "rb") as f:
            self.assertEqual(f.read(), before, "a limit that leaves no room changes a package")
        last = one
        for percent in (5, 20, 35, 50, 100):
            _, report = self.make("int8", "native", "--weights-memory", f"{1 + percent / 100}x")
            self.assertLessEqual(report["weight_bytes"], one * (1 + percent / 100))
            self.assertEqual(report["weight_bytes"], one + report["second_layouts"]["bytes"])
            self.assertGreaterEqual(report["weight_bytes"], last)
            last = report["weight_bytes"]
        if WIDE:
            self.assertGreater(last, one)

    def test_refusals(self):
        out = self.path("no.hone")
        for text in ("0.5x", "much", "-1GB", "", "2gb"):
            done = run("hone", "pack", SHIPPED, "-o", out, "--weights-memory", text)
            self.assert_refused(done, USAGE, "amount of memory")
        done = run("hone", "pack", SHIPPED, "-o", out, "--weights-memory", "1MB")
        self.assert_refused(done, USAGE, "1000000", "one layout")


if __name__ == "__main__":
    main()
