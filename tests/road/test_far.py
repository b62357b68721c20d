# SPDX-License-Identifier: MIT
"""The road on a device whose memory the host cannot touch: CPU kernels behind protected pages. What
reads or writes device memory from the host crashes here."""
import os
import sqlite3

import numpy as np

from road import RoadTest, SHIPPED, main, must, pack, program, random_sequences, write_tokens, SHIPPED_VOCAB


class Far(RoadTest):
    def evaluate(self, run, package, sequences, *options):
        tokens, logits = self.path("tokens"), self.path("logits")
        write_tokens(tokens, sequences)
        must(run, "eval", package, "--tokens", tokens, "--logits", logits, *options)
        return np.fromfile(logits, "<f4")

    def test_same_logits_and_text(self):
        package = pack(SHIPPED, self.path("m.hone"), activations="int8", kv="f16")
        sequences = random_sequences(SHIPPED_VOCAB, [1, 3, 70, 17])
        here = self.evaluate("hone-run", package, sequences, "-t", 2)
        there = self.evaluate("far_run", package, sequences, "-t", 2)
        self.assertTrue(np.isfinite(here).all())
        self.assertEqual(here.tobytes(), there.tobytes())
        texts = [must(run, "run", package, "-p", "ROMEO:", "-n", 24, "--temp", 0, "-t", 2).stdout
                 for run in ("hone-run", "far_run")]
        self.assertEqual(texts[0], texts[1])

    def test_kernels_are_proven(self):
        environment = dict(os.environ, HONE_SOURCE=os.environ.get("HONE_SOURCE", "."))
        for space in ("gemm_i8_add", "attention", "rope_append", "embed"):
            with self.subTest(space=space):
                done = must("kernel_check", "--runner", program("far_runner"), "--space", space, "--isa", "native",
                            "--points", 2, "--few", 0, "--short", env=environment)
                self.assertIn(b" 0 failed", done.stdout)

    def test_tune_and_pack(self):
        store, package = self.path("s.store"), self.path("t.hone")
        must("hone", "tune", SHIPPED, "-o", store, "--budget", "4s", "--runner", program("far_runner"),
             "--max-tokens", 4, "--context", 64, "-t", 2, "-q")
        with sqlite3.connect(store) as db:
            stacks = [key for key, in db.execute("select key from stacks") if key]
            valid = db.execute("select count(*) from trials where valid").fetchone()[0]
            refused = db.execute("select reason, detail from trials where not valid").fetchall()
        self.assertGreater(valid, 2)
        self.assertTrue(all("; driver=far 1.0;" in s and s.endswith("; unit=far-0") for s in stacks), stacks)
        for reason, detail in refused:
            self.assertIn(reason, ("spills",), detail)
        must("hone", "pack", SHIPPED, store, "-o", package, "--max-tokens", 4, "--context", 64, "--no-final", "-q")
        must("far_run", "run", package, "-p", "A", "-n", 5)


if __name__ == "__main__":
    main()
