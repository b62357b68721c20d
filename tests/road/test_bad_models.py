# SPDX-License-Identifier: MIT
"""Model files that are not what they should be: `hone pack` ends with one line that names file and
place, exit code 1, leaves nothing behind and an older package as it was."""
import os
import random
import struct

from gguf_file import ARRAY, BOOL, F32, I32, STRING, U32, U64, GgufFile
from road import FAILED, IO, RoadTest, SEED, USAGE, main, make_model, run

N_CUTS = 200
OLD = b"an older package"

# name -> (changes to the file, words of the message). A change is a function of a GgufFile.
REQUIRED = ("general.architecture", "llama.block_count", "llama.context_length", "llama.embedding_length",
            "llama.feed_forward_length", "llama.attention.head_count",
            "llama.attention.layer_norm_rms_epsilon", "tokenizer.ggml.model", "tokenizer.ggml.tokens")
SIZES = ("block_count", "context_length", "embedding_length", "feed_forward_length",
         "attention.head_count", "attention.head_count_kv", "attention.key_length",
         "rope.dimension_count", "vocab_size")


def key(name, kind, value):
    return lambda f: f.set_key(name, kind, value)


def tensor(which, **changes):
    def change(f):
        for field, value in changes.items():
            setattr(f.tensor(which), field, value)
    return change


def twice(items):
    return lambda f: getattr(f, items).append(getattr(f, items)[3])


def cut_array(name):
    def change(f):
        kind, values = f.key(name)[2]
        f.set_key(name, ARRAY, (kind, values[:-1]))
    return change


def set_element(name, index, value):
    def change(f):
        f.key(name)[2][1][index] = value
    return change


QUERY, GATE = "blk.1.attn_q.weight", "blk.0.ffn_gate.weight"
TENSORS = {
    "a type of the future": (tensor(QUERY, kind=99), (QUERY, "99")),
    "a type we lack": (tensor(QUERY, kind=10), (QUERY, "q2_k")),
    "offset beyond the end": (tensor(QUERY, offset=1 << 30), (QUERY,)),
    "offset at the end": (lambda f: tensor(QUERY, offset=len(f.data) // 32 * 32)(f), (QUERY,)),
    "offset that wraps": (tensor(QUERY, offset=2 ** 64 - 32), (QUERY,)),
    "offset between units": (tensor(QUERY, offset=8), (QUERY,)),
    "dimensions that wrap": (tensor(QUERY, dims=[2 ** 33, 2 ** 33]), (QUERY,)),
    "bytes that wrap": (tensor(QUERY, dims=[2 ** 62, 2]), (QUERY,)),
    "a dimension of nothing": (tensor(QUERY, dims=[0, 224]), (QUERY,)),
    "no dimensions": (tensor(QUERY, dims=[]), (QUERY,)),
    "five dimensions": (tensor(QUERY, dims=[2, 2, 2, 2, 2]), (QUERY,)),
    "a row of part of a block": (tensor(QUERY, dims=[223, 224]), (QUERY,)),
    "shapes that do not multiply": (tensor(GATE, dims=[96, 224]), (GATE, "96 x 224", "224 x 96")),
    "bytes of another shape": (tensor(QUERY, dims=[224, 192]), ("blk.1.attn_k.weight", "528640", "524608")),
    "a norm too short": (tensor("output_norm.weight", dims=[112, 2]), ("output_norm.weight",)),
    "a missing tensor": (tensor(QUERY, name="blk.1.attn_k.bias"), ("blk.1.attn",)),
    "one layer too many": (key("llama.block_count", U32, 3), ("blk.2.",)),
    "one layer too few": (key("llama.block_count", U32, 1), ("blk.1.",)),
    "a tensor twice": (twice("tensors"), ("blk.0.",)),
    "no name": (tensor(QUERY, name=b""), ()),
    "a name with a newline": (tensor(QUERY, name=b"blk.1\nattn"), ()),
    "a name that is not UTF-8": (tensor(QUERY, name=b"\xff\xfe\x00"), ()),
}
KEYS = {
    "another architecture": (key("general.architecture", STRING, b"mamba"), ("mamba",)),
    "architecture of another type": (key("general.architecture", U32, 7), ("general.architecture",)),
    "a key twice": (twice("keys"), ("general.",)),
    "an unknown value type": (key("llama.block_count", 77, b"\0\0\0\0"), ("77",)),
    "alignment 0": (key("general.alignment", U32, 0), ("general.alignment",)),
    "alignment 24": (key("general.alignment", U32, 24), ("general.alignment",)),
    "alignment of another type": (key("general.alignment", STRING, b"32"), ("general.alignment",)),
    "heads that do not divide": (key("llama.attention.head_count", U32, 5), ("blk.0.attn_q.weight",)),
    "groups that do not divide": (key("llama.attention.head_count_kv", U32, 3), ("head_count_kv",)),
    "unknown RoPE scaling": (key("llama.rope.scaling.type", STRING, b"spiral"), ("spiral",)),
    "RoPE base of nothing": (key("llama.rope.freq_base", F32, 0.0), ("rope.freq_base",)),
    "RoPE base not a number": (key("llama.rope.freq_base", F32, float("nan")), ("rope.freq_base",)),
    "epsilon below nothing": (key("llama.attention.layer_norm_rms_epsilon", F32, -1.0), ("epsilon",)),
    "experts": (key("llama.expert_count", U32, 8), ("expert_count",)),
    "another vocabulary": (key("tokenizer.ggml.model", STRING, b"morse"), ("morse",)),
    "another pre-tokenizer": (key("tokenizer.ggml.pre", STRING, b"morse"), ("morse",)),
    "vocabulary of another size": (key("llama.vocab_size", U32, 319), ("vocab_size",)),
    "end of text outside": (key("tokenizer.ggml.eos_token_id", U32, 320), ("eos_token_id",)),
    "tokens that are numbers": (key("tokenizer.ggml.tokens", ARRAY, (U32, [1] * 320)),
                                ("tokenizer.ggml.tokens",)),
    "one token too few": (cut_array("tokenizer.ggml.tokens"), ("offset", "320 token types", "319 tokens")),
    "one type too few": (cut_array("tokenizer.ggml.token_type"), ("offset", "319 token types")),
    "types that are text": (key("tokenizer.ggml.token_type", ARRAY, (STRING, [b"a"] * 320)),
                            ("offset", "type of token 0")),
    "a type of no meaning": (set_element("tokenizer.ggml.token_type", 5, 99), ("offset", "type of token 5")),
    "no merges": (lambda f: f.drop_key("tokenizer.ggml.merges"), ("tokenizer.ggml.merges",)),
    "a merge of one": (set_element("tokenizer.ggml.merges", 0, b"ab"), ("offset", "merge 0")),
}
HEADERS = {
    "magic": (dict(magic=b"GGUG"), ("GGUF",)),
    "reversed magic": (dict(magic=b"FUGG"), ("GGUF",)),
    "version 0": (dict(version=0), ("version 0",)),
    "version 4": (dict(version=4), ("version 4",)),
    "the other byte order": (dict(version=0x03000000), ("big-endian",)),
    "tensors without end": (dict(n_tensors=2 ** 63), ()),
    "keys without end": (dict(n_keys=2 ** 64 - 1), ()),
    "one tensor more": (dict(n_tensors=22), ()),
    "one key more": (dict(n_keys=27), ()),
}


class BadModel(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = make_model(os.path.join(cls.folder, "good.gguf"), "odd7", "mixed")

    def setUp(self):
        self.model, self.out = self.path("bad.gguf"), self.path("out.hone")
        with open(self.out, "wb") as f:
            f.write(OLD)

    def refused(self, model, code, *words):
        """Refused with these words, and the folder as it was."""
        before = sorted(os.listdir(self.folder))
        self.assert_refused(run("hone", "pack", model, "-o", self.out), code, model, *words)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        with open(self.out, "rb") as f:
            self.assertEqual(f.read(), OLD)

    def changed(self, cases):
        for name, (change, words) in cases.items():
            with self.subTest(name):
                file = GgufFile(self.good)
                change(file)
                self.refused(file.write(self.model), FAILED, *words)

    def test_tensors(self):
        self.changed(TENSORS)

    def test_keys(self):
        self.changed(KEYS)

    def test_missing_keys(self):
        self.changed({name: (lambda f, n=name: f.drop_key(n), (name,)) for name in REQUIRED})

    def test_mistyped_keys(self):
        wrong = {U32: (STRING, b"7"), F32: (STRING, b"1"), STRING: (BOOL, True), ARRAY: (U32, 1)}
        cases = {}
        for name in REQUIRED + tuple("llama." + s for s in SIZES):
            kind, value = wrong[GgufFile(self.good).key(name)[1]]
            cases[name] = (key(name, kind, value), (name,))
        self.changed(cases)

    def test_absurd_sizes(self):
        for value in ((U32, 0), (U32, 2 ** 32 - 1), (I32, -1), (U64, 2 ** 64 - 1)):
            self.changed({f"{name} {value}": (key("llama." + name, *value), ()) for name in SIZES})

    def test_headers(self):
        for name, (changes, words) in HEADERS.items():
            with self.subTest(name):
                self.refused(GgufFile(self.good).write(self.model, **changes), FAILED, *words)

    def test_truncated(self):
        file = GgufFile(self.good)
        end = len(file.bytes) - 31  # the last tensor may be padded
        rng = random.Random(SEED)
        borders = sorted({b for b in file.borders if b < end})
        cuts = set(rng.sample(borders, min(len(borders), N_CUTS // 2))) | {file.data_at, end - 1, 1, 3, 5, 23}
        while len(cuts) < N_CUTS:
            cuts.add(rng.randrange(rng.choice((file.data_at, end))))
        print(f"seed {SEED}: {len(cuts)} cuts of {len(file.bytes)} bytes, the header ends at {file.data_at}")
        for cut in sorted(cuts):
            with self.subTest(cut=cut):
                with open(self.model, "wb") as f:
                    f.write(file.bytes[:cut])
                self.refused(self.model, FAILED)

    def test_random_bytes(self):
        """One byte of the header another: refused in one line or packed, and nothing else."""
        file = GgufFile(self.good)
        rng = random.Random(SEED)
        n_refused = 0
        for _ in range(20):
            at, damaged = rng.randrange(file.data_at), bytearray(file.bytes)
            damaged[at] ^= 1 << rng.randrange(8)
            with open(self.model, "wb") as f:
                f.write(damaged)
            with self.subTest(at=at):
                done = run("hone", "pack", self.model, "-o", self.path("other.hone"), "--max-tokens", 1, "-q",
                           "--target", "cpu:x86_64", "--activations", "f32")
                n_refused += done.returncode != 0
                if done.returncode != 0:
                    self.assert_refused(done, FAILED, self.model)
        print(f"seed {SEED}: {n_refused} of 20 refused")

    def test_scales(self):
        """A scale beyond what int8 arithmetic holds, in the last block of a tensor."""
        file = GgufFile(make_model(self.path("scales.gguf"), "tiny", "mxfp4"))
        query = file.tensor(QUERY)
        at = query.offset + (query.dims[0] // 32 * query.dims[1] - 1) * 17
        for exponent, activations in ((232, "int8"), (231, "int8"), (232, "f32")):
            file.data = file.data[:at] + bytes([exponent]) + file.data[at + 1:]
            options = ("--activations", activations, "--target", "cpu:x86_64", "--max-tokens", 1, "-q", "--no-final")
            done = run("hone", "pack", file.write(self.model), "-o", self.path("other.hone"), *options)
            with self.subTest(exponent=exponent, activations=activations):
                if (exponent, activations) == (232, "int8"):
                    self.assert_refused(done, FAILED, self.model, QUERY, "mxfp4", "2^104")
                else:
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_not_a_file(self):
        self.refused(self.path("nowhere.gguf"), FAILED)
        self.refused(self.folder, IO)
        self.refused("/dev/null", IO)
        for content in (b"", b"GGUF", b"once upon a time\n" * 9, struct.pack("<4sIQQ", b"GGUF", 3, 0, 0)):
            with self.subTest(content[:20]):
                with open(self.model, "wb") as f:
                    f.write(content)
                self.refused(self.model, FAILED)

    def test_options(self):
        for option, value in (("--activations", "f64"), ("--kv", "q4_0"), ("--target", "cpu:"),
                              ("--target", "gpu"), ("--target", "cpu:x86_64:mmx"), ("--target", "cpu:x86_64:fma"),
                              ("--mix", "gossip"), ("--page-tokens", "7"), ("--context", "100000"),
                              ("--max-seqs", "x")):
            with self.subTest(option=option, value=value):
                done = run("hone", "pack", self.good, "-o", self.out, option, value)
                self.assert_refused(done, USAGE, value.split(":")[-1])
        self.assert_refused(run("hone", "pack", self.good), USAGE, "-o")
        self.assert_refused(run("hone", "pack"), USAGE, "pack MODEL")
        self.assert_refused(run("hone", "pickle"), USAGE, "pickle")


if __name__ == "__main__":
    main()
