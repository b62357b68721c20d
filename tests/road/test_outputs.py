# SPDX-License-Identifier: MIT
"""Outputs that cannot be written: one line, exit code 74, no new file, the old file as it was."""
import os
import resource
import signal
import subprocess

from road import (FAILED, IO, RoadTest, environment, has_verb, main, make_model, pack, program, run,
                  write_tokens)

OLD = b"what was there before"


class Outputs(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(os.path.join(cls.folder, "m.gguf"), "odd7", "f32")
        cls.package = pack(cls.model, os.path.join(cls.folder, "m.hone"), "--max-tokens", 4)
        write_tokens(os.path.join(cls.folder, "tokens"), [[1, 2, 3], [4, 5]])

    def setUp(self):
        self.old = self.path("old")
        with open(self.old, "wb") as f:
            f.write(OLD)
        os.makedirs(self.path("folder"), exist_ok=True)
        self.before = sorted(os.listdir(self.folder))

    def nothing_changed(self):
        self.assertEqual(sorted(os.listdir(self.folder)), self.before)
        self.assertEqual(os.listdir(self.path("folder")), [])
        with open(self.old, "rb") as f:
            self.assertEqual(f.read(), OLD)

    def places(self):
        """Outputs that nobody can write, root included."""
        yield self.path("nowhere/out")
        yield self.path("old/out")
        yield self.path("folder")
        yield self.path("folder/" + "x" * 300)

    def commands(self, out):
        yield "hone", ("pack", self.model, "-o", out, "--max-tokens", 1)
        yield "hone", ("eval", self.package, "--tokens", self.path("tokens"), "--logits", out)
        if has_verb("tune"):
            yield "hone", ("tune", self.model, "-o", out, "--budget", "1s")

    def test_places(self):
        for out in self.places():
            for name, command in self.commands(out):
                with self.subTest(command=command[0], out=out[len(self.folder):][:20]):
                    done = run(name, *command)
                    self.assert_refused(done, IO, out)
                    self.nothing_changed()

    def test_a_full_disk(self):
        """A limit on the size of files stands for it: writes beyond 64 KB fail."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
        write_tokens(self.path("tokens"), [[1] * 100])
        for name, command in self.commands(self.old):
            if command[0] == "tune":
                continue  # its file begins as an empty store, and the old one is none
            with self.subTest(command=command[0]):
                done = subprocess.run([program(name), *map(str, command)], stdin=subprocess.DEVNULL,
                                      capture_output=True, preexec_fn=limit, restore_signals=False,
                                      env=environment(), timeout=300, check=False)
                self.assert_refused(done, IO, self.old)
                self.nothing_changed()

    def test_eval_that_fails_half_way(self):
        """The second sequence is wrong: logits of the first are not left as if they were all."""
        for tokens, word in ((b"1 2\n3 x\n", "line 2: 'x'"), (b"1 2\n3 99999\n", "line 2: token 99999"),
                             (b"1 2\n\x1b[2J", "line 2: byte 0x1b"), (b"1\n" + b"7 " * 600, "line 2")):
            with self.subTest(tokens[:12]):
                with open(self.path("tokens"), "wb") as f:
                    f.write(tokens)
                for out in (self.old, self.path("new")):
                    done = run("hone", "eval", self.package, "--tokens", self.path("tokens"), "--logits", out)
                    self.assert_refused(done, FAILED, self.path("tokens"), word)
                    self.nothing_changed()

    def test_not_a_store(self):
        """A file that is no store is neither used nor overwritten."""
        for command in (("pack", self.model, self.old, "-o", self.path("new.hone")),
                        ("tune", self.model, "-o", self.old, "--budget", "1s"),
                        ("trials", self.old), ("show", self.old)):
            if not has_verb(command[0]):
                continue
            with self.subTest(command=command[0]):
                done = run("hone", *command)
                self.assert_refused(done, FAILED, self.old)
                self.nothing_changed()

    def test_killed(self):
        """A packer that is stopped leaves the old package, and nothing that looks like a new one."""
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(signal=sign.name):
                child = subprocess.Popen([program("hone"), "pack", self.model, "-o", self.old],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
                try:
                    child.wait(0.2)
                except subprocess.TimeoutExpired:
                    child.send_signal(sign)
                self.assertNotEqual(child.wait(60), 0)
                self.nothing_changed()


if __name__ == "__main__":
    main()
