# SPDX-License-Identifier: MIT
"""However tokens are cut into forwards and mixed with other sequences, the logits are those of
one-by-one evaluation; with any number of threads they are the same bits."""
import random

import numpy as np

from road import (RoadTest, SEED, SHIPPED, Driver, evaluate, main, make_model, must, nmse, pack,
                  random_sequences)

BOUND = {"f32": 1e-9, "int8": 4e-4}
CHUNKS = (1, 2, 3, 7, 16, 64)
N_VOCAB, CONTEXT, MAX_OUT = 1024, 512, 64


def one_by_one(package, sequences):
    """Per sequence its rows of logits."""
    rows = evaluate(package, sequences, "--chunk", 1)
    return np.split(rows, np.cumsum([len(s) for s in sequences])[:-1])


class Chunks(RoadTest):
    def compare(self, label, got, want, bound):
        error = nmse(got, want)
        print(f"{label}: nmse {error:.2g}")
        self.assertLessEqual(error, bound)

    def eval_chunks(self, package, sequence, want, bound):
        for chunk in CHUNKS[1:]:
            with self.subTest(chunk=chunk):
                self.compare(f"chunks of {chunk}", evaluate(package, [sequence], "--chunk", chunk), want, bound)

    def whole(self, package, sequence, want, bound):
        """One forward of 65 and more rows gives logits of its last row only."""
        for n in (65, 200, CONTEXT):
            with self.subTest(whole=n):
                driver = Driver()
                driver.forward((0, sequence[:n], "last"))
                got, _ = driver.run(package)
                self.compare(f"{n} tokens at once", got, want[n - 1:n], bound)

    def test_chunks(self):
        sequence, = random_sequences(N_VOCAB, [CONTEXT])
        for activations, kv in (("f32", "f32"), ("int8", "f16")):
            with self.subTest(activations=activations):
                package = pack(SHIPPED, self.path("m.hone"), activations=activations, kv=kv)
                want, = one_by_one(package, [sequence])
                bound = BOUND[activations]
                self.eval_chunks(package, sequence[:200], want[:200], bound)
                self.whole(package, sequence, want, bound)

    def test_odd_shapes(self):
        for shape, n_vocab in (("odd7", 320), ("head80", 384), ("head96", 400)):
            with self.subTest(shape=shape):
                model = make_model(self.path("m.gguf"), shape, "mixed")
                package = pack(model, self.path("m.hone"))
                must("hone", "verify", package)
                sequence, = random_sequences(n_vocab, [90])
                want, = one_by_one(package, [sequence])
                for chunk in (3, 16, 64):
                    got = evaluate(package, [sequence], "--chunk", chunk)
                    self.compare(f"{shape}, chunks of {chunk}", got, want, BOUND["f32"])


class Mix:
    """Random steps over several sequences: prompt chunks and single tokens, cuts, new text."""

    def __init__(self, rng, n_seqs, context):
        self.rng, self.context = rng, context
        self.held = [[] for _ in range(n_seqs)]   # tokens in the session
        self.rows = []                            # per row of logits: the tokens up to it
        self.driver = Driver()

    def entry(self, seq, room, out_room):
        wish = self.rng.choice((1, 1, 1, 2, 3, 7, 16, 40, 120))
        n = min(wish, room, self.context - len(self.held[seq]))
        modes = ["none", "last"] + ["all"] * (n <= out_room)
        tokens = [self.rng.randrange(N_VOCAB) for _ in range(n)]
        return tokens, self.rng.choice(modes) if out_room else "none"

    def step(self):
        entries, room, out_room = [], CONTEXT, MAX_OUT
        for seq in self.rng.sample(range(len(self.held)), self.rng.randint(1, len(self.held))):
            tokens, mode = self.entry(seq, room, out_room)
            if not tokens:
                self.cut(seq)
                continue
            entries.append((seq, tokens, mode))
            room -= len(tokens)
            start = len(self.held[seq])
            self.held[seq] += tokens
            wanted = {"none": [], "last": [len(tokens)], "all": range(1, len(tokens) + 1)}[mode]
            out_room -= len(wanted)
            self.rows += [tuple(self.held[seq][:start + i]) for i in wanted]
        if entries:
            self.driver.forward(*entries)

    def cut(self, seq):
        self.held[seq] = self.held[seq][:self.rng.choice((0, 1, len(self.held[seq]) // 2))]
        self.driver.truncate(seq, len(self.held[seq]))

    def want(self, package):
        """Each row again, alone: the longest texts one by one, of which the others are starts."""
        texts = sorted(set(self.rows))
        ends = [t for t, after in zip(texts, texts[1:] + [()]) if after[:len(t)] != t]
        row_of = {}
        for text, rows in zip(ends, one_by_one(package, ends)):
            row_of.update({text[:n]: rows[n - 1] for n in range(1, len(text) + 1)})
        return np.array([row_of[text] for text in self.rows])


class Batches(RoadTest):
    N_SEQS, N_STEPS, CONTEXT = 5, 24, 160

    def mixed(self, package, bound):
        mix = Mix(random.Random(SEED), self.N_SEQS, self.CONTEXT)
        for _ in range(self.N_STEPS):
            mix.step()
            if mix.rng.random() < 0.1:
                mix.cut(mix.rng.randrange(self.N_SEQS))
        got, _ = mix.driver.run(package, seqs=self.N_SEQS)
        error = nmse(got, mix.want(package))
        print(f"seed {SEED}: {len(got)} rows of {self.N_STEPS} mixed batches: nmse {error:.2g}")
        self.assertLessEqual(error, bound)

    def test_mixed_batches(self):
        for bound, options in ((1e-9, {}), (1e-7, {"kv": "bf16", "target": "portable"}),
                               (4e-4, {"activations": "int8", "kv": "f16"})):
            with self.subTest(**options):
                self.mixed(pack(SHIPPED, self.path("m.hone"), **options), bound)

    def test_a_refused_forward_changes_nothing(self):
        """Pages for two thirds of what two sequences could hold; wrong ids, sequences, lengths."""
        package = pack(SHIPPED, self.path("m.hone"))
        a, b, more = random_sequences(N_VOCAB, [200, 100, 300])
        driver = Driver()
        driver.forward((0, a, "last"), (1, b, "none"))
        driver.forward((0, more, "last"), (1, more[:30], "none"), fails="outside-the-envelope")
        # One page is left: each of the two would find it alone.
        driver.forward((0, more[:60], "last"), (1, more[:40], "last"), fails="outside-the-envelope")
        driver.forward((0, more[:64], "none"), (1, [N_VOCAB], "last"), fails="bad-argument")
        driver.forward((0, more[:64], "none"), (1, [-1], "last"), fails="bad-argument")
        driver.forward((0, [1], "last"), (0, [2], "last"), fails="bad-argument")
        driver.forward((2, [1], "last"), fails="bad-argument")
        driver.forward((0, [], "last"), fails="bad-argument")
        driver.forward((0, more, "last"), (1, more, "last"), fails="outside-the-envelope")
        driver.forward((0, more[:65], "all"), fails="outside-the-envelope")
        driver.forward((0, more[:2], "all"), (1, more[:3], "all"))
        got, _ = driver.run(package, seqs=2, pages=7)
        of_a, of_b = one_by_one(package, [a + more[:2], b + more[:3]])
        error = nmse(got, np.concatenate([of_a[199:], of_b[100:]]))
        self.assertLessEqual(error, BOUND["f32"])


class Threads(RoadTest):
    def test_same_bits(self):
        for options in ({}, {"activations": "int8", "kv": "f16"}):
            package = pack(SHIPPED, self.path("m.hone"), **options)
            sequences = random_sequences(N_VOCAB, [150, 3, 40])
            for chunk in (64, 5, 1):
                one, two, three = (evaluate(package, sequences, "-t", n, "--chunk", chunk).tobytes()
                                   for n in (1, 2, 3))
                with self.subTest(chunk=chunk, **options):
                    self.assertTrue(one == two == three, "threads change bits")


if __name__ == "__main__":
    main()
