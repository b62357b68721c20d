# SPDX-License-Identifier: MIT
"""Gemms over parts of k: a package whose store says that decode takes them gives the oracle's
logits, with and without a residual, alone and for two of q, k and v."""
import json
import os
import random
import subprocess
import sys
import unittest

import numpy as np

from road import (RoadTest, Rounded, SEED, SOURCE, environment, evaluate, main, make_model, must, nmse, program,
                  random_sequences)
from test_random_shapes import Shape

sys.path.insert(0, os.path.join(SOURCE, "examples/models"))
from gguf_reader import Reader  # noqa: E402
from gguf_writer import write_gguf  # noqa: E402

CONTEXT = 256
# arithmetic: (type of the weights, of the activations, bound against the oracle)
KINDS = {"f32": ("F32", "f32", 1e-9), "bf16": ("BF16", "bf16", 6e-5), "int8": ("Q8_0", "q8a", 6e-5)}


class SplitGemm(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = json.loads(must("hone", "probe", "--no-ceilings", "--json").stdout)
        cls.n_cpus = cls.machine["n_cpus"]
        cls.vocabulary = Reader(make_model(os.path.join(cls.folder, "v.gguf"), "primevocab", "q8_0"))

    def parts(self, n):
        """A number of parts that the space takes for n columns on this machine."""
        groups = -(-n // 16)
        fits = (p for p in (2, 4, 8) if groups < 2 * self.n_cpus and self.n_cpus <= groups * p < 4 * self.n_cpus)
        return next(fits, None)

    def shape(self, which):
        """k and v, or ffn_down, with few columns for the machine's CPUs and a long k."""
        shape = Shape(random.Random(SEED))
        shape.n_layers, shape.head_dim, shape.group, shape.rope_dim = 2, 16, 2, 16
        shape.rope_scale, shape.factors, shape.context = 1.0, False, CONTEXT
        if which == "kv":
            shape.n_kv_heads, shape.dim, shape.ffn = max(1, self.n_cpus // 2), 544, 96
        else:
            shape.n_kv_heads, shape.dim, shape.ffn = 1, 32 * max(1, self.n_cpus // 4), 800
        shape.n_heads = shape.n_kv_heads * shape.group
        return shape

    def model(self, which, kind):
        rng, shape = random.Random(SEED), self.shape(which)
        shape.types = [KINDS[kind][0]]
        path = self.path(f"{which}-{kind}.gguf")
        write_gguf(path, list(shape.keys(self.vocabulary)),
                   list(shape.tensors(rng, np.random.default_rng(SEED))))
        return path, shape

    def store(self, which, kind, n, k, n_parts):
        weight, acts, _ = KINDS[kind]
        combine = "gemm_combine" if which == "kv" else "gemm_combine_add"
        split = f"gemm_{'i8' if kind == 'int8' else kind}_split"
        types = ",".join(["f32"] * (2 if which == "kv" else 3))
        keys = {split: f"gemm_split n={n} k={k} n_parts={n_parts} types={acts},{weight.lower()},f32 acts={acts} "
                       "m=1-1@1",
                combine: f"{combine} n={n} n_parts={n_parts} types={types} acts=f32 m=1-1@1"}
        lines = []
        for space, key in keys.items():
            text = must("hone", "show", space, "--problem", key, "--launch").stdout.decode()
            config = next(line.split(None, 1)[1] for line in text.splitlines() if line.startswith("config "))
            lines.append(f"{key}|{space}|{config}|10\n")
        path = self.path(f"{which}-{kind}.store")
        subprocess.run([program("store_writer"), path, self.machine["target"], "2"],
                       input="".join(lines).encode(), check=True, env=environment())
        return path, combine

    def check(self, which, kind):
        model, shape = self.model(which, kind)
        n, k = (16 * shape.n_kv_heads, shape.dim) if which == "kv" else (shape.dim, shape.ffn)
        n_parts = self.parts(n)
        if not n_parts:
            self.skipTest(f"no number of parts for {n} columns on {self.n_cpus} CPUs")
        store, combine = self.store(which, kind, n, k, n_parts)
        package = self.path(f"{which}-{kind}.hone")
        must("hone", "pack", model, store, "-o", package, "--activations", kind, "--kv", "f32", "--no-final")
        steps = json.loads(must("hone", "inspect", package, "--json", "--steps", 1).stdout)["steps"]
        for op in ("gemm_split", combine):
            n_steps = sum(step["name"].endswith(" " + op) for step in steps)
            self.assertEqual(n_steps, 2 * shape.n_layers if which == "kv" else shape.n_layers, steps)
        sequences = random_sequences(shape.n_vocab, [1, 2, 17, 40])
        want, bound = Rounded(model, kind, "f32").logits(sequences), KINDS[kind][2]
        for chunk in (1, 3):
            got = evaluate(package, sequences, "--chunk", chunk, "-t", 2)
            print(f"{which} {kind}, {n_parts} parts, {chunk} at once: nmse {nmse(got, want):.2g}")
            self.assertLessEqual(nmse(got, want), bound)

    def test_numbers(self):
        for which in ("kv", "ffn"):
            for kind in KINDS:
                with self.subTest(which=which, kind=kind):
                    self.check(which, kind)


if __name__ == "__main__":
    main()
