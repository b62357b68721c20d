# SPDX-License-Identifier: MIT
"""Writes GGUF v3 files: typed metadata, then tensors as F32, F16, BF16 or Q8_0. numpy only."""
import struct

import numpy as np

ALIGNMENT = 32
MAGIC, VERSION = b"GGUF", 3
U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
PACK = {0: "<B", 1: "<b", 2: "<H", 3: "<h", U32: "<I", I32: "<i", F32: "<f", BOOL: "<?",
        10: "<Q", 11: "<q", 12: "<d"}


def pack_string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def pack_value(kind, value):
    if kind == STRING:
        return pack_string(value)
    if kind == ARRAY:
        item, values = value
        return struct.pack("<IQ", item, len(values)) + b"".join(pack_value(item, v) for v in values)
    return struct.pack(PACK[kind], value)


def encode_bf16(x):
    """Round to nearest, ties to even, on the bit pattern (finite values)."""
    bits = x.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def encode_q8_0(x):
    """Blocks of 32: an f16 scale and 32 signed bytes, rounded against the scale as it is stored."""
    blocks = x.astype(np.float32).reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1) / np.float32(127)).astype(np.float16)
    wide = scale.astype(np.float32)[:, None]
    inverse = np.divide(1, wide, out=np.zeros_like(wide), where=wide > 0)
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", 32)])
    out["d"] = scale
    out["q"] = np.clip(np.rint(blocks * inverse), -127, 127)
    return out


# name -> (type number, general.file_type, encoder)
TYPES = {
    "F32": (0, 0, lambda x: x.astype("<f4")),
    "F16": (1, 1, lambda x: x.astype("<f2")),
    "BF16": (30, 32, encode_bf16),
    "Q8_0": (8, 7, encode_q8_0),
}


def write_gguf(path, metadata, tensors):
    """metadata: rows of (key, kind, value); tensors: rows of (name, numpy array, type name)."""
    head = [MAGIC, struct.pack("<IQQ", VERSION, len(tensors), len(metadata))]
    head += [pack_string(key) + struct.pack("<I", kind) + pack_value(kind, value)
             for key, kind, value in metadata]
    bodies, offset = [], 0
    for name, array, kind in tensors:
        number, _, encode = TYPES[kind]
        body = encode(np.ascontiguousarray(array)).tobytes()
        body += bytes(-len(body) % ALIGNMENT)
        dims = array.shape[::-1]
        info = struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, number, offset)
        head.append(pack_string(name) + info)
        bodies.append(body)
        offset += len(body)
    start = b"".join(head)
    with open(path, "wb") as f:
        f.write(start + bytes(-len(start) % ALIGNMENT))
        f.writelines(bodies)
