# SPDX-License-Identifier: MIT
"""Packages that are not what was packed, or not for this machine: every program that opens one ends
with one line that names the file, and the documented exit code."""
import hashlib
import os
import random
import struct

from road import (FAILED, IO, NO_DEVICE, OK, REFUSED, RoadTest, SEED, cpu_flags, main, make_model, pack, run,
                  write_tokens)

HEADER, ROW = 64, 56
KINDS = {1: "target", 2: "info", 3: "plan", 4: "code", 5: "weights", 6: "weight hashes", 7: "tokenizer",
         8: "proofs"}
FEATURES_OF_FEW = {"amxint8": "amx_int8", "amxbf16": "amx_bf16", "avx512fp16": "avx512_fp16",
                   "avxvnni": "avx_vnni", "avx2": "avx2"}


class Package:
    """A package's bytes, taken apart as cache/FORMAT.md says."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.bytes = bytearray(f.read())
        n_sections, = struct.unpack_from("<I", self.bytes, 12)
        self.table_end = HEADER + ROW * n_sections
        self.rows = {}
        for at in range(HEADER, self.table_end, ROW):
            kind, _, offset, n_bytes = struct.unpack_from("<IIQQ", self.bytes, at)
            self.rows[KINDS[kind]] = (at, offset, n_bytes)

    def place(self, name, fraction):
        _, offset, n_bytes = self.rows[name]
        return offset + min(n_bytes - 1, int(fraction * n_bytes))

    def flipped(self, at):
        copy = bytearray(self.bytes)
        copy[at] ^= 0x40
        return copy

    def seal(self, content):
        """Hashes as the packer would write them: of every section, then of header and table."""
        for name, (at, offset, n_bytes) in self.rows.items():
            if name != "weights":
                content[at + 24:at + 56] = hashlib.sha256(content[offset:offset + n_bytes]).digest()
        head = content[:32] + bytes(32) + content[64:self.table_end]
        content[32:64] = hashlib.sha256(head).digest()
        return content

    def with_target(self, text):
        """The same package for another machine, its target no longer than the old."""
        at, offset, n_bytes = self.rows["target"]
        text = text.encode()
        assert len(text) <= n_bytes
        copy = bytearray(self.bytes)
        copy[offset:offset + n_bytes] = text + bytes(n_bytes - len(text))
        struct.pack_into("<Q", copy, at + 16, len(text))
        return self.seal_with(copy, at, len(text))

    def seal_with(self, copy, row, n_bytes):
        rows = {name: (at, offset, n_bytes if at == row else n) for name, (at, offset, n) in self.rows.items()}
        resized = Package.__new__(Package)
        resized.rows, resized.table_end = rows, self.table_end
        return resized.seal(copy)


class BadPackage(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = make_model(os.path.join(cls.folder, "m.gguf"), "odd7", "q8_0")
        cls.good = Package(pack(model, os.path.join(cls.folder, "good.hone"), "--max-tokens", 8))
        write_tokens(os.path.join(cls.folder, "tokens"), [[1, 2, 3]])

    def setUp(self):
        self.bad = self.path("bad.hone")

    def write(self, content):
        with open(self.bad, "wb") as f:
            f.write(content)

    def commands(self):
        return (("run", self.bad, "-p", "x", "-n", 1),
                ("eval", self.bad, "--tokens", self.path("tokens"), "--logits", self.path("logits")),
                ("bench", self.bad, "-p", 1, "-n", 1, "-r", 1),
                ("inspect", self.bad), ("verify", self.bad, "--only-hashes"))

    def refused(self, content, codes, *words, commands=None):
        self.write(content)
        for command in commands or self.commands():
            with self.subTest(command=command[0]):
                done = run("hone", *command)
                self.assertIn(done.returncode, codes, done.stderr)
                self.assert_refused(done, done.returncode, self.bad, *words)
                self.assertFalse(os.path.exists(self.path("logits")), "an output was left behind")

    def test_good(self):
        self.write(self.good.bytes)
        for command in self.commands():
            done = run("hone", *command)
            self.assertEqual(done.returncode, OK, done.stderr)
        os.remove(self.path("logits"))

    def test_changed_sections(self):
        for name in ("target", "info", "plan", "code", "tokenizer", "weight hashes", "proofs"):
            for fraction in (0, 0.37, 1):
                with self.subTest(section=name, fraction=fraction):
                    self.refused(self.good.flipped(self.good.place(name, fraction)), (REFUSED,), name)

    def test_changed_header(self):
        """Magic and version have messages of their own; all else breaks the manifest's hash."""
        for at in (*range(HEADER), *range(HEADER, self.good.table_end, 9)):
            with self.subTest(at=at):
                codes = (REFUSED,) if at >= 32 else (FAILED, REFUSED)
                self.refused(self.good.flipped(at), codes, commands=self.commands()[:1])

    def test_changed_weights(self):
        """Seen by verify, which reads them all; opening a package does not."""
        for fraction in (0, 0.5, 1):
            with self.subTest(fraction=fraction):
                content = self.good.flipped(self.good.place("weights", fraction))
                self.refused(content, (REFUSED,), "weights", commands=self.commands()[-1:])

    def test_every_place(self):
        """Anywhere in the file, padding included, verify sees a changed byte."""
        rng = random.Random(SEED)
        print(f"seed {SEED}")
        for _ in range(60):
            at = rng.randrange(len(self.good.bytes))
            with self.subTest(at=at):
                self.refused(self.good.flipped(at), (FAILED, REFUSED), commands=self.commands()[-1:])

    def test_truncated(self):
        end = len(self.good.bytes)
        cuts = {0, 1, 7, 8, 63, 64, self.good.table_end - 1, end - 1}
        for _, offset, n_bytes in self.good.rows.values():
            cuts |= {offset - 1, offset, offset + n_bytes - 1}
        for cut in sorted(cuts):
            with self.subTest(cut=cut):
                self.refused(self.good.bytes[:cut], (FAILED,), commands=self.commands()[:1])
        self.refused(self.good.bytes + b"\0", (FAILED,), "truncated or appended to")

    def test_another_machine(self):
        targets = ["cpu:aarch64", "cuda:sm_90a"]
        targets += [f"cpu:x86_64:{name}" for name, flag in FEATURES_OF_FEW.items() if flag not in cpu_flags()
                    and name.startswith("amx")]
        for target in targets:
            with self.subTest(target=target):
                self.refused(self.good.with_target(target), (NO_DEVICE, FAILED), commands=self.commands()[:3])

    def test_unknown_target(self):
        for target in ("native", "cpu", "cpu:x86_64:mmx", "", "x" * 12):
            with self.subTest(target=target):
                self.refused(self.good.with_target(target), (FAILED, NO_DEVICE), commands=self.commands()[:1])

    def test_sealed_garbage(self):
        """Hashes that fit contents that do not: the reader's own checks speak."""
        rng = random.Random(SEED)
        for name in ("plan", "tokenizer", "info"):
            _, offset, n_bytes = self.good.rows[name]
            for _ in range(12):
                content = bytearray(self.good.bytes)
                at = offset + rng.randrange(min(n_bytes, 256))
                content[at:at + 4] = struct.pack("<I", rng.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
                self.write(self.good.seal(content))
                with self.subTest(section=name, at=at - offset):
                    done = run("hone", "run", self.bad, "-p", "x", "-n", 1)
                    if done.returncode != OK:
                        self.assert_refused(done, FAILED, self.bad)

    def test_not_a_package(self):
        cases = ((self.path("nowhere.hone"), FAILED), (self.folder, IO), ("/dev/null", IO), (self.path("m.gguf"),
                                                                                             FAILED))
        for path, code in cases:
            for command in ("run", "inspect", "verify"):
                with self.subTest(path=path, command=command):
                    options = ("-p", "x") if command == "run" else ()
                    self.assert_refused(run("hone", command, path, *options), code, path)


if __name__ == "__main__":
    main()
