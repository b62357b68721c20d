# SPDX-License-Identifier: MIT
"""Reads GGUF v2/v3 files and turns their tensors into f64. numpy only, independent of hone."""
import struct

import numpy as np

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
           10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9


def decode_f32(raw):
    return raw.view("<f4").astype(np.float64)


def decode_f16(raw):
    return raw.view("<f2").astype(np.float64)


def decode_bf16(raw):
    return (raw.view("<u2").astype("<u4") << 16).view("<f4").astype(np.float64)


def scale_f16(blocks, at):
    return np.ascontiguousarray(blocks[:, at:at + 2]).view("<f2").astype(np.float64)


def decode_q8_0(raw):
    blocks = raw.reshape(-1, 34)
    return scale_f16(blocks, 0) * blocks[:, 2:].view("i1")


def decode_q4_0(raw):
    blocks = raw.reshape(-1, 18)
    packed = blocks[:, 2:]
    q = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8
    return scale_f16(blocks, 0) * q


def nibbles(packed):
    """Low halves of all bytes, then the high ones."""
    return np.concatenate([packed & 15, packed >> 4], axis=1)


def fifth_bits(packed):
    """Bit i of 32 as value i's, worth 16."""
    return np.unpackbits(packed, axis=1, bitorder="little") << 4


def decode_q5_0(raw):
    blocks = raw.reshape(-1, 22)
    q = (nibbles(blocks[:, 6:]) | fifth_bits(blocks[:, 2:6])).astype(np.int8) - 16
    return scale_f16(blocks, 0) * q


def in_f32(products, less):
    """A difference as files mean it: both sides are exact in f32, the result is rounded to it."""
    return (products.astype(np.float32) - less.astype(np.float32)).astype(np.float64)


def decode_q4_1(raw):
    blocks = raw.reshape(-1, 20)
    return in_f32(scale_f16(blocks, 0) * nibbles(blocks[:, 4:]), -scale_f16(blocks, 2))


def decode_q5_1(raw):
    blocks = raw.reshape(-1, 24)
    q = nibbles(blocks[:, 8:]) | fifth_bits(blocks[:, 4:8])
    return in_f32(scale_f16(blocks, 0) * q, -scale_f16(blocks, 2))


IQ4_NL_VALUES = np.array([-127, -104, -83, -65, -49, -35, -22, -10,
                          1, 13, 25, 38, 53, 69, 89, 113], np.float64)
FP4_VALUES = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6])


def decode_iq4_nl(raw):
    blocks = raw.reshape(-1, 18)
    return scale_f16(blocks, 0) * IQ4_NL_VALUES[nibbles(blocks[:, 2:])]


def decode_mxfp4(raw):
    blocks = raw.reshape(-1, 17)
    return np.ldexp(FP4_VALUES[nibbles(blocks[:, 1:])], blocks[:, :1].astype(np.int32) - 127)


def decode_k(blocks, q):
    """8 sub-blocks of 32 values `q`; their scales and mins are twice 8 numbers of 6 bits in 12 bytes."""
    packed = blocks[:, 4:16]
    upper = packed[:, :8] >> 6 << 4
    scales = np.concatenate([packed[:, :4] & 63, packed[:, 8:] & 15 | upper[:, :4]], axis=1)
    mins = np.concatenate([packed[:, 4:8] & 63, packed[:, 8:] >> 4 | upper[:, 4:]], axis=1)
    products = (scale_f16(blocks, 0) * scales)[:, :, None] * q
    return in_f32(products, (scale_f16(blocks, 2) * mins)[:, :, None])


def nibbles_k(packed):
    """Each 32 bytes hold two sub-blocks."""
    packed = packed.reshape(-1, 4, 1, 32)
    return np.concatenate([packed & 15, packed >> 4], axis=2).reshape(-1, 8, 32)


def decode_q4_k(raw):
    blocks = raw.reshape(-1, 144)
    return decode_k(blocks, nibbles_k(blocks[:, 16:]))


def decode_q5_k(raw):
    blocks = raw.reshape(-1, 176)
    fifth = (blocks[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[:, None] & 1) << 4
    return decode_k(blocks, nibbles_k(blocks[:, 48:]) | fifth)


def decode_q6_k(raw):
    """Two halves of 128; four groups of 32 share 64 bytes of nibbles and 32 of upper bit pairs."""
    blocks = raw.reshape(-1, 210)
    low = blocks[:, :128].reshape(-1, 2, 2, 32)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32)
    nibbles = np.concatenate([low & 15, low >> 4], axis=2)
    pairs = (high >> np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1)) & 3
    q = (nibbles | (pairs << 4)).astype(np.int8) - 32
    scales = blocks[:, 192:208].view("i1").astype(np.float64)
    return scale_f16(blocks, 208)[:, :, None] * scales[:, :, None] * q.reshape(-1, 16, 16)


# type number -> (name, values per block, bytes per block, decoder)
TYPES = {
    0: ("F32", 1, 4, decode_f32),
    1: ("F16", 1, 2, decode_f16),
    2: ("Q4_0", 32, 18, decode_q4_0),
    3: ("Q4_1", 32, 20, decode_q4_1),
    6: ("Q5_0", 32, 22, decode_q5_0),
    7: ("Q5_1", 32, 24, decode_q5_1),
    8: ("Q8_0", 32, 34, decode_q8_0),
    12: ("Q4_K", 256, 144, decode_q4_k),
    13: ("Q5_K", 256, 176, decode_q5_k),
    14: ("Q6_K", 256, 210, decode_q6_k),
    20: ("IQ4_NL", 32, 18, decode_iq4_nl),
    30: ("BF16", 1, 2, decode_bf16),
    39: ("MXFP4", 32, 17, decode_mxfp4),
}


class Tensor:
    def __init__(self, raw, dims, kind):
        self.raw, self.shape, self.kind = raw, tuple(dims[::-1]), kind
        self.type_name = TYPES[kind][0]

    def f64(self, rows=None):
        """The whole tensor, or the named rows of a matrix, slowest dimension first."""
        decode = TYPES[self.kind][3]
        if rows is None:
            return decode(np.array(self.raw)).reshape(self.shape)
        picked = self.raw.reshape(self.shape[0], -1)[rows]
        return decode(picked.reshape(-1)).reshape(len(rows), self.shape[1])


class Reader:
    """metadata: key -> (value type, value); an array's value is (element type, list)."""

    def __init__(self, path):
        self.bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self.at = 0
        if self.take(4) != b"GGUF":
            raise ValueError(f"{path}: not a GGUF file")
        version, n_tensors, n_keys = self.unpack("<IQQ")
        if version not in (2, 3):
            raise ValueError(f"{path}: GGUF version {version}, expected 2 or 3")
        self.metadata = dict(self.key_value() for _ in range(n_keys))
        infos = [self.tensor_info() for _ in range(n_tensors)]
        align = self.get("general.alignment", 32)
        base = -(-self.at // align) * align
        self.tensors = {name: self.tensor(base, *rest) for name, *rest in infos}

    def take(self, count):
        self.at += count
        if self.at > len(self.bytes):
            raise ValueError("file ends early")
        return self.bytes[self.at - count:self.at].tobytes()

    def unpack(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def string(self):
        return self.take(self.unpack("<Q")[0]).decode("utf-8")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            item, count = self.unpack("<IQ")
            return item, [self.value(item) for _ in range(count)]
        return self.unpack(SCALARS[kind])[0]

    def key_value(self):
        key = self.string()
        kind = self.unpack("<I")[0]
        return key, (kind, self.value(kind))

    def tensor_info(self):
        name = self.string()
        dims = self.unpack(f"<{self.unpack('<I')[0]}Q")
        return (name, dims, *self.unpack("<IQ"))

    def tensor(self, base, dims, kind, offset):
        if kind not in TYPES:
            raise ValueError(f"tensor type {kind} is not one this reader knows")
        _, values, size, _ = TYPES[kind]
        start, length = base + offset, int(np.prod(dims)) // values * size
        if start + length > len(self.bytes):
            raise ValueError("a tensor lies outside the file")
        return Tensor(self.bytes[start:start + length], dims, kind)

    def get(self, key, default=None):
        if key in self.metadata:
            return self.metadata[key][1]
        if default is None:
            raise ValueError(f"key {key} is missing")
        return default
