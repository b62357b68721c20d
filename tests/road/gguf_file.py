# SPDX-License-Identifier: MIT
"""A GGUF file as lists that a test may change before it is written again, and the places of its
parts. Independent of hone; of the standard library only."""
import struct

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
           12: "<d"}
U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10


def pack_string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


def pack_value(kind, value):
    if isinstance(value, bytes) and kind != STRING:
        return value  # raw, as the test wants it
    if kind == STRING:
        return pack_string(value)
    if kind == ARRAY:
        item, values = value
        return struct.pack("<IQ", item, len(values)) + b"".join(pack_value(item, v) for v in values)
    return struct.pack(SCALARS[kind], value)


class Tensor:
    def __init__(self, name, dims, kind, offset):
        self.name, self.dims, self.kind, self.offset = name, list(dims), kind, offset


class GgufFile:
    """keys: [name, kind, value]; tensors: in the file's order; data: the bytes after the header."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.bytes = f.read()
        self.at, self.borders = 4, [0, 4]
        self.version, n_tensors, n_keys = self.unpack("<IQQ")
        self.keys = [self.read_key() for _ in range(n_keys)]
        self.tensors = [self.read_tensor() for _ in range(n_tensors)]
        self.data_at = -(-self.at // 32) * 32
        self.data = self.bytes[self.data_at:]
        self.borders += [self.data_at + t.offset for t in self.tensors]

    def unpack(self, form):
        values = struct.unpack_from(form, self.bytes, self.at)
        self.at += struct.calcsize(form)
        self.borders.append(self.at)
        return values

    def read_string(self):
        n, = self.unpack("<Q")
        self.at += n
        return self.bytes[self.at - n:self.at]

    def read_value(self, kind):
        if kind == STRING:
            return self.read_string()
        if kind == ARRAY:
            item, n = self.unpack("<IQ")
            n_borders = len(self.borders)
            values = [self.read_value(item) for _ in range(n)]
            del self.borders[n_borders + 2:]  # the first of many stands for all
            return item, values
        return self.unpack(SCALARS[kind])[0]

    def read_key(self):
        name = self.read_string().decode()
        kind, = self.unpack("<I")
        return [name, kind, self.read_value(kind)]

    def read_tensor(self):
        name = self.read_string().decode()
        n_dims, = self.unpack("<I")
        dims = self.unpack(f"<{n_dims}Q")
        return Tensor(name, dims, *self.unpack("<IQ"))

    def key(self, name):
        return next(k for k in self.keys if k[0] == name)

    def tensor(self, name):
        return next(t for t in self.tensors if t.name == name)

    def set_key(self, name, kind, value):
        self.keys = [k for k in self.keys if k[0] != name] + [[name, kind, value]]

    def drop_key(self, name):
        self.keys.remove(self.key(name))

    def header(self, magic=b"GGUF", version=None, n_tensors=None, n_keys=None):
        head = [magic, struct.pack("<IQQ", self.version if version is None else version,
                                   len(self.tensors) if n_tensors is None else n_tensors,
                                   len(self.keys) if n_keys is None else n_keys)]
        head += [pack_string(k) + struct.pack("<I", kind) + pack_value(kind, v)
                 for k, kind, v in self.keys]
        head += [pack_string(t.name) + struct.pack(f"<I{len(t.dims)}QIQ", len(t.dims), *t.dims, t.kind,
                                                   t.offset) for t in self.tensors]
        head = b"".join(head)
        return head + bytes(-len(head) % 32)

    def write(self, path, **changes):
        with open(path, "wb") as f:
            f.write(self.header(**changes) + self.data)
        return path
