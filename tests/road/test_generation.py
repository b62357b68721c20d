# SPDX-License-Identifier: MIT
"""What a user sees of `hone run`: seeds, temperatures, stops, lengths, whole characters."""
import os
import socket
import subprocess

from gguf_file import GgufFile, U32
from road import (FAILED, RoadTest, SHIPPED, USAGE, Driver, bytes_of_tokens, environment, golden, main, must,
                  pack, program, run)
from gguf_reader import Reader  # road.py tells where it lies

PROMPT = "ROMEO:\n"
MANY_BYTES = "h\u00e9llo w\u00f6rld \u65e5\u672c\u8a9e \U0001f389 na\u00efve \u2014 \U0001f468\u200d\U0001f469 \u0416"
CONTEXT = 512


class Generation(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = pack(SHIPPED, os.path.join(cls.folder, "s.hone"), kv="f16")

    def text(self, *options, prompt=PROMPT, package=None):
        return must("hone", "run", package or self.package, "-p", prompt, *options).stdout

    def test_seeds(self):
        options = ("-n", 60, "--temp", 1)
        one = self.text(*options, "--seed", 7)
        self.assertEqual(one, self.text(*options, "--seed", 7))
        self.assertEqual(one, self.text(*options, "--seed", 7, "-t", 1), "threads change the text")
        others = {self.text(*options, "--seed", seed) for seed in (8, 9, 2 ** 64 - 1)}
        self.assertEqual(len(others | {one}), 4, "seeds that give the same text")

    def test_greedy(self):
        greedy = self.text("-n", 60, "--temp", 0)
        self.assertEqual(greedy, self.text("-n", 60, "--temp", 0, "--seed", 99), "temp 0 hangs on the seed")
        self.assertEqual(greedy, self.text("-n", 60, "--temp", 1.5, "--top-k", 1, "--seed", 5))
        self.assertEqual(greedy, self.text("-n", 60, "--temp", 1.5, "--top-k", 0, "--top-p", 0, "--seed", 5))
        self.assertNotEqual(greedy, self.text("-n", 60, "--temp", 1.5, "--top-k", 0, "--top-p", 1))

    def n_generated(self, done):
        """From the line of speeds: "decode: N tokens"."""
        return int(done.stderr.split(b"decode: ")[1].split()[0])

    def test_lengths(self):
        for n in (0, 1, 2, 33):
            with self.subTest(n=n):
                done = must("hone", "run", self.package, "-p", PROMPT, "-n", n, "--temp", 0)
                self.assertEqual(self.n_generated(done), n)
                longer = self.text("-n", n + 5, "--temp", 0)
                self.assertTrue(longer.startswith(done.stdout[:-1]))
                self.assertEqual(done.stdout[-1:], b"\n")

    def greedy_tokens(self, prompt, n):
        driver = Driver()
        driver.forward((0, prompt, "last"))
        driver.greedy(0, n)
        return driver.run(self.package)[1]

    def test_stop_token(self):
        """The token that the model says sixth is declared the end of text."""
        prompt = golden()[0][2]
        of_token = bytes_of_tokens(Reader(SHIPPED))
        tokens = self.greedy_tokens(prompt, 6)
        before = tokens[:tokens.index(tokens[5])]
        file = GgufFile(SHIPPED)
        file.set_key("tokenizer.ggml.eos_token_id", U32, tokens[5])
        package = pack(file.write(self.path("stop.gguf")), self.path("stop.hone"), kv="f16")
        text = b"".join(of_token[t] for t in prompt).decode()
        done = must("hone", "run", package, "-p", text, "-n", 40, "--temp", 0)
        self.assertEqual(done.stdout, b"".join(of_token[t] for t in before) + b"\n")
        self.assertEqual(self.n_generated(done), len(before))
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_full_context(self):
        done = must("hone", "run", self.package, "-p", PROMPT, "-n", 2 * CONTEXT, "--temp", 1)
        lines = done.stderr.decode().splitlines()
        self.assertTrue(any("context" in line and str(CONTEXT) in line and "full" in line for line in lines),
                        done.stderr)
        # The last token is drawn from the logits of the last position and has no place of its own.
        n_prompt = int(done.stderr.split(b"prompt: ")[1].split()[0])
        self.assertEqual(n_prompt + self.n_generated(done), CONTEXT + 1)

    def test_prompt_too_long(self):
        done = run("hone", "run", self.package, "-p", "word " * 2000, "-n", 1)
        self.assert_refused(done, FAILED, "s.hone", "context", str(CONTEXT))

    def writes(self, *arguments):
        """stdout as the program's single writes: a socket that keeps messages apart."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs, subprocess.Popen([program("hone"), *map(str, arguments)], stdout=theirs,
                                            stderr=subprocess.DEVNULL, env=environment()) as child:
            theirs.close()
            messages = list(iter(lambda: ours.recv(1 << 16), b""))
        self.assertEqual(child.returncode, 0)
        return messages

    def test_whole_characters(self):
        messages = self.writes("run", self.package, "-p", MANY_BYTES, "--echo", "-n", 8, "--temp", 0)
        self.assertGreater(len(messages), 20, "not streamed")
        for message in messages:
            message.decode("utf-8")  # raises on half a character
        text = b"".join(messages).decode()
        self.assertTrue(text.startswith(MANY_BYTES), text)

    def test_streamed(self):
        messages = self.writes("run", self.package, "-p", PROMPT, "-n", 50, "--temp", 0)
        self.assertGreaterEqual(len(messages), 50)

    def test_options_refused(self):
        cases = ((("-n", "-3"), "-3"), (("-n", "many"), "many"), (("--temp", "warm"), "warm"), (("--temp", "-1"), "-1"),
                 (("--temp", "nan"), "nan"), (("--top-p", "x"), "x"), (("--seed", "1.5"), "1.5"), (("--hurry",),
                                                                                                   "--hurry"),
                 (("-n",), "-n"), (("-t", "99999999999"), "99999999999"))
        for options, word in cases:
            with self.subTest(options=options):
                self.assert_refused(run("hone", "run", self.package, "-p", "x", *options), USAGE, word)
        self.assert_refused(run("hone", "run"), USAGE, "run PACKAGE")
        self.assert_refused(run("hone", "run", self.package, "again"), USAGE, "again")

    def test_closed_output(self):
        """A reader that goes away: an error or the signal, not a hang and no report of a crash."""
        with subprocess.Popen([program("hone"), "run", self.package, "-p", PROMPT, "-n", "400"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as child:
            child.stdout.read(1)
            child.stdout.close()
            said = child.stderr.read()
            self.assertIn(child.wait(60), (-13, 74), said)
        with open("/dev/full", "wb") as full:
            done = run("hone", "run", self.package, "-p", PROMPT, "-n", 5, stdout=full)
        self.assert_refused(done, 74, "stdout")


if __name__ == "__main__":
    main()
