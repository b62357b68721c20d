# SPDX-License-Identifier: MIT
"""Attention over parts of the keys: a package whose store says that decode takes it gives the
oracle's logits, for sequences that leave parts without a key and for those that fill all."""
import json
import os
import random
import struct
import subprocess
import sys
import unittest

import numpy as np

from road import (RoadTest, Rounded, SEED, SOURCE, environment, evaluate, main, make_model, must, nmse, program,
                  random_sequences, row_nmse)
from test_random_shapes import Shape

sys.path.insert(0, os.path.join(SOURCE, "examples/models"))
from gguf_reader import Reader  # noqa: E402
from gguf_writer import write_gguf  # noqa: E402

PAGE, CONTEXT = 16, 1024
# arithmetic: (type of the weights, what attention writes, bound against the oracle)
KINDS = {"f32": ("F32", "f32", 1e-9), "bf16": ("BF16", "bf16", 6e-5), "int8": ("Q8_0", "q8a", 6e-5)}
# Of a quarter of the rows: codes on an edge, decided the other way, move some of the others.
ROW_BOUND = {"f32": 1e-9, "f16": 1e-8, "q8_0": 1e-9}


class SplitAttention(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = json.loads(must("hone", "probe", "--no-ceilings", "--json").stdout)
        n_cpus = cls.machine["n_cpus"]
        cls.n_kv_heads = next((n for n in (1, 4) if n < n_cpus <= 16 * n), None)
        if not cls.n_kv_heads:
            raise unittest.SkipTest(f"no model of this test has fewer KV heads than {n_cpus} CPUs")
        cls.n_parts = 4 if n_cpus <= 4 * cls.n_kv_heads else 16
        cls.vocabulary = Reader(make_model(os.path.join(cls.folder, "v.gguf"), "primevocab", "q8_0"))

    def model(self, kind):
        rng = random.Random(SEED)
        shape = Shape(rng)
        shape.n_layers, shape.head_dim, shape.n_kv_heads, shape.group = 2, 32, self.n_kv_heads, 2
        shape.n_heads = shape.n_kv_heads * shape.group
        shape.dim, shape.ffn, shape.context, shape.rope_dim = 64, 96, CONTEXT, 32
        shape.rope_scale, shape.factors, shape.types = 1.0, False, [KINDS[kind][0]]
        path = self.path(f"{kind}.gguf")
        write_gguf(path, list(shape.keys(self.vocabulary)),
                   list(shape.tensors(rng, np.random.default_rng(SEED))))
        return path, shape

    def problems(self, kind, shape, kv):
        heads = f"n_heads={shape.n_heads} n_kv_heads={shape.n_kv_heads} head_dim=32"
        part_heads, y = shape.n_heads * self.n_parts, KINDS[kind][1]
        scale = struct.unpack("<I", struct.pack("<f", 32 ** -0.5))[0]
        acts = {"q8a": "int8"}.get(y, y)
        yield (f"attention_split {heads} page_tokens={PAGE} part_heads={part_heads} scale=0x{scale:08x} "
               f"types=f32,{kv},{kv},f32,f32 acts=f32 m=1-1@1 context=576")
        yield f"attention_combine {heads} part_heads={part_heads} types=f32,f32,{y} acts={y} m=1-1@1"

    def store(self, kind, shape, kv):
        lines = []
        for key in self.problems(kind, shape, kv):
            space = key.split()[0]
            text = must("hone", "show", space, "--problem", key, "--launch").stdout.decode()
            config = next(line.split(None, 1)[1] for line in text.splitlines() if line.startswith("config "))
            lines.append(f"{key}|{space}|{config}|10\n")
        path = self.path(f"{kind}-{kv}.store")
        subprocess.run([program("store_writer"), path, self.machine["target"], "2"],
                       input="".join(lines).encode(), check=True, env=environment())
        return path

    def check(self, kind, kv):
        model, shape = self.model(kind)
        package = self.path(f"{kind}-{kv}.hone")
        must("hone", "pack", model, self.store(kind, shape, kv), "-o", package, "--activations", kind, "--kv", kv,
             "--page-tokens", PAGE, "--no-final")
        steps = json.loads(must("hone", "inspect", package, "--json", "--steps", 1).stdout)["steps"]
        names = [step["name"] for step in steps]
        for part in ("split", "combine"):
            self.assertEqual(sum(f"attention_{part}" in json.dumps(step) for step in steps), 2, names)
        sequences = random_sequences(shape.n_vocab, [1, 2, PAGE, PAGE + 1, 3 * PAGE + 5, PAGE * self.n_parts + 7])
        want, bound = Rounded(model, kind, kv).logits(sequences), KINDS[kind][2]
        for chunk in (1, 3):
            got = evaluate(package, sequences, "--chunk", chunk, "-t", 2)
            row = np.quantile(row_nmse(got, want), 0.25)
            print(f"{kind} {kv}, {self.n_parts} parts, {chunk} at once: nmse {nmse(got, want):.2g}, row {row:.2g}")
            self.assertLessEqual(row, ROW_BOUND[kv])
            self.assertLessEqual(nmse(got, want), max(bound, {"f32": 0, "f16": 1e-8, "q8_0": 3e-4}[kv]))
        must("hone", "verify", package)

    def test_numbers(self):
        for kind, kv in (("f32", "f32"), ("f32", "f16"), ("bf16", "f32"), ("int8", "f32"), ("f32", "q8_0")):
            with self.subTest(kind=kind, kv=kv):
                self.check(kind, kv)


if __name__ == "__main__":
    main()
