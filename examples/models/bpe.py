# SPDX-License-Identifier: MIT
"""Byte-level BPE in the GPT-2 manner: learn merges, encode, decode, save."""
import json
import re
from collections import Counter, defaultdict

END_OF_TEXT = "<|endoftext|>"

# GPT-2's word pattern for ASCII text (the only kind train.py accepts): contractions, letters,
# digits, other marks, each with one leading space, then runs of white space.
WORDS = re.compile(r"'(?:[stmd]|re|ve|ll)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's order of the 256 byte values, and the printable character that stands for each."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [b for b in range(256) if b not in printable]
    pairs = [(b, chr(b)) for b in printable]
    return pairs + [(b, chr(256 + i)) for i, b in enumerate(hidden)]


BYTE_TO_CHAR = dict(byte_alphabet())
CHAR_TO_BYTE = {c: b for b, c in BYTE_TO_CHAR.items()}


def merge_pair(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            out.append(parts[i] + parts[i + 1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return out


def learn_merges(text, count):
    """The `count` merges, most frequent pair first; of equals the smaller, so it is repeatable."""
    counts = Counter(WORDS.findall(text))
    words = [([BYTE_TO_CHAR[b] for b in w.encode()], n) for w, n in counts.items()]
    freq, where = Counter(), defaultdict(set)
    for index, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            freq[pair] += n
            where[pair].add(index)
    merges = []
    while len(merges) < count:
        best = min(freq, key=lambda p: (-freq[p], p))
        merges.append(best)
        for index in where.pop(best):
            parts, n = words[index]
            for pair in zip(parts, parts[1:]):
                freq[pair] -= n
            parts = merge_pair(parts, best)
            for pair in zip(parts, parts[1:]):
                freq[pair] += n
                where[pair].add(index)
            words[index] = (parts, n)
        del freq[best]
    return merges


class Tokenizer:
    """Ids: the 256 bytes in GPT-2's order, one per merge, then the end-of-text token."""

    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.tokens = list(BYTE_TO_CHAR.values()) + [a + b for a, b in self.merges] + [END_OF_TEXT]
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        if len(self.ids) != len(self.tokens):
            raise ValueError("two merges give the same token")
        self.rank = {m: i for i, m in enumerate(self.merges)}
        self.end = len(self.tokens) - 1
        self.cache = {}

    def encode_word(self, word):
        if word not in self.cache:
            parts = [BYTE_TO_CHAR[b] for b in word.encode()]
            while len(parts) > 1:
                pair = min(zip(parts, parts[1:]), key=lambda p: self.rank.get(p, len(self.rank)))
                if pair not in self.rank:
                    break
                parts = merge_pair(parts, pair)
            self.cache[word] = [self.ids[p] for p in parts]
        return self.cache[word]

    def encode(self, text):
        return [i for w in WORDS.findall(text) for i in self.encode_word(w)]

    def decode(self, ids):
        text = "".join(self.tokens[i] for i in ids if i != self.end)
        return bytes(CHAR_TO_BYTE[c] for c in text).decode("utf-8", "replace")

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"merges": self.merges}, f)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as f:
            return cls(json.load(f)["merges"])
