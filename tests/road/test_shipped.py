# SPDX-License-Identifier: MIT
"""The shipped model and its forms: against PyTorch's logits, against the f64 oracle, and 256 greedy
steps."""
import os
import subprocess
import sys

import numpy as np

from road import (GOLDEN, RoadTest, Rounded, SHIPPED, TARGETS, Driver, evaluate, main, must, nmse, bytes_of_tokens,
                  golden,
                  pack, row_nmse, usable)

FIXTURE = os.path.join(GOLDEN, "shakespeare-q4_0.gguf")
F32_BOUND, BF16_BOUND, INT8_BOUND = 1e-9, 3e-5, 4e-4


def convert(out, kind):
    subprocess.run([sys.executable, os.path.join(GOLDEN, "convert_gguf.py"), SHIPPED, out, "--type", kind],
                   check=True, stdout=subprocess.DEVNULL)
    return out


class Shipped(RoadTest):
    def measure(self, model, want, bound, label, **options):
        package = pack(model, self.path("m.hone"), **options)
        sequences, _ = golden()
        error = nmse(evaluate(package, sequences, "-t", 2), want)
        print(f"{label} {options}: nmse {error:.2g}")
        self.assertLessEqual(error, bound)

    def test_pytorch(self):
        for target in filter(usable, TARGETS):
            for activations, bound in (("f32", F32_BOUND), ("int8", INT8_BOUND)):
                with self.subTest(activations=activations, target=target):
                    self.measure(SHIPPED, golden()[1], bound, "against PyTorch, shipped",
                                 activations=activations, target=target)

    def test_kv_types(self):
        for kv in ("f16", "bf16"):
            with self.subTest(kv=kv):
                want = Rounded(SHIPPED, kv=kv).logits(list(map(np.array, golden()[0])))
                self.measure(SHIPPED, want, 1e-7, "shipped", kv=kv)

    def test_quantizer_fixture(self):
        want = Rounded(FIXTURE).logits(list(map(np.array, golden()[0])))
        for activations, bound in (("f32", F32_BOUND), ("int8", INT8_BOUND)):
            with self.subTest(activations=activations):
                self.measure(FIXTURE, want, bound, "Q4_0 fixture", activations=activations)

    def test_other_types(self):
        for kind, activations, bound in (("F32", "f32", F32_BOUND), ("F16", "int8", F32_BOUND),
                                         ("BF16", "f32", F32_BOUND), ("BF16", "bf16", BF16_BOUND)):
            with self.subTest(kind=kind, activations=activations):
                model = convert(self.path(f"{kind}.gguf"), kind)
                want = Rounded(model).logits(list(map(np.array, golden()[0])))
                self.measure(model, want, bound, f"shipped as {kind}", activations=activations)

    def test_int8_rounds_as_the_oracle(self):
        """One code on the edge moves a whole row, so most rows are to be equal, not all."""
        rows = []
        want = Rounded(SHIPPED, "int8")
        sequences = [golden()[0][2][i:i + 3] for i in range(0, 33, 3)]
        package = pack(SHIPPED, self.path("m.hone"), activations="int8")
        rows = row_nmse(evaluate(package, sequences), want.logits(list(map(np.array, sequences))))
        print(f"int8 against int8, median row {np.median(rows):.2g}, {np.mean(rows > 1e-9):.0%} off")
        self.assertLessEqual(np.median(rows), 1e-9)


class Greedy(RoadTest):
    N = 256

    def check_choices(self, got, want, tokens, noise):
        """Each token is the oracle's choice, or its logit is within the noise of that."""
        best = want.argmax(axis=1)
        picked = np.arange(len(tokens)), tokens
        gap = want.max(axis=1) - want[picked]
        print(f"greedy: {np.mean(best == tokens):.1%} of {len(tokens)} equal, largest gap {gap.max():.2g}, "
              f"noise {noise:.2g}, nmse {nmse(got, want):.2g}")
        self.assertTrue(((best == tokens) | (gap <= noise)).all(), f"step {np.argmax(gap)}")

    def test_256_steps(self):
        prompt = golden()[0][2]
        package = pack(SHIPPED, self.path("m.hone"))
        driver = Driver()
        driver.forward((0, prompt, "last"))
        driver.greedy(0, self.N)
        got, tokens = driver.run(package)
        model = Rounded(SHIPPED)
        want = model.logits([np.array(prompt + tokens)])[len(prompt) - 1:]
        # Twice the error that the bound allows at one logit, were it spread evenly.
        noise = 2 * float(np.sqrt(F32_BOUND * np.mean(want ** 2)))
        self.check_choices(got[:-1], want[:-1], np.array(tokens), noise)
        self.check_text(package, model.reader, prompt, tokens)

    def check_text(self, package, reader, prompt, tokens):
        """hone run says the same: its tokenizer, its sampler at temperature 0, its stream."""
        of_token = bytes_of_tokens(reader)
        text = b"".join(of_token[t] for t in prompt)
        done = must("hone", "run", package, "-p", text.decode(), "-n", self.N, "--temp", "0")
        self.assertEqual(done.stdout, b"".join(of_token[t] for t in tokens) + b"\n")


if __name__ == "__main__":
    main()
