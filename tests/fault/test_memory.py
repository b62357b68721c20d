# SPDX-License-Identifier: MIT
"""Each allocation of a command fails once: the command still does its work, or ends with one line and
a documented exit code, and leaves nothing behind."""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../road"))
from road import (FAILED, IO, NO_DEVICE, OK, RoadTest, SEED, SHIPPED, environment, main, make_model,  # noqa: E402
                  pack, program, run, write_tokens)

LIBRARY = os.environ.get("HONE_FAIL_MEMORY", program("../tests/fault/libfail_memory.so"))
FIRST, SAMPLED = 60, 60  # the first calls, and so many of the others


class Memory(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(os.path.join(cls.folder, "m.gguf"), "odd7", "mixed")
        cls.package = pack(SHIPPED, os.path.join(cls.folder, "s.hone"), kv="f16")
        write_tokens(os.path.join(cls.folder, "tokens"), [[1, 2, 3]])

    def start(self, command, **env):
        return run(command[0], *command[1:], env=environment(LD_PRELOAD=LIBRARY, **env))

    def sample(self, n_calls):
        rest = range(FIRST + 1, n_calls + 1)
        picked = random.Random(SEED).sample(rest, min(SAMPLED, len(rest)))
        return [*range(1, min(FIRST, n_calls) + 1), *sorted(picked)]

    def each_fails(self, *command, same_text=False):
        counted = self.start(command, FAIL_COUNT=self.path("count"))
        self.assertEqual(counted.returncode, OK, counted.stderr)
        with open(self.path("count"), encoding="ascii") as f:
            n_calls = int(f.read())
        before, n_refused = None, 0
        for at in self.sample(n_calls):
            if os.path.exists(self.path("out")):
                os.remove(self.path("out"))
            before = before or sorted(os.listdir(self.folder))
            with self.subTest(at=at):
                done = self.start(command, FAIL_AT=str(at))
                if done.returncode == OK:
                    self.assertTrue(not same_text or done.stdout == counted.stdout, "another text")
                    continue
                n_refused += 1
                text = done.stderr.decode(errors="replace")
                self.assertIn(done.returncode, (FAILED, IO, NO_DEVICE), text)
                self.assertEqual(text.count("\n"), 1, text)
                self.assertEqual(sorted(os.listdir(self.folder)), before)
        print(f"seed {SEED}: hone {command[1]}: {n_calls} calls, {n_refused} of {len(self.sample(n_calls))} refused")
        self.assertGreater(n_refused, 5)

    def test_run(self):
        self.each_fails("hone-run", "run", self.package, "-p", "ROMEO:", "-n", 4, "--temp", 0, same_text=True)

    def test_eval(self):
        self.each_fails("hone-run", "eval", self.package, "--tokens", self.path("tokens"), "--logits", self.path("out"))

    def test_pack(self):
        self.each_fails("hone", "pack", self.model, "-o", self.path("out"), "--max-tokens", 1, "-q")

    def test_inspect(self):
        self.each_fails("hone", "inspect", self.package)


if __name__ == "__main__":
    main()
