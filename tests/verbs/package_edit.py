# SPDX-License-Identifier: MIT
"""Packages with something changed and every hash made right again, from cache/FORMAT.md alone."""
import hashlib
import struct

ALIGN, CHUNK = 65536, 1 << 20
TARGET, INFO, PLAN, CODE, WEIGHTS, WEIGHT_HASHES, TOKENIZER, PROOFS = range(1, 9)


def read(path):
    """{kind: bytes} in the order of the file."""
    with open(path, "rb") as file:
        data = file.read()
    sections = {}
    for i in range(struct.unpack_from("<I", data, 12)[0]):
        kind, _, offset, n_bytes = struct.unpack_from("<IIQQ", data, 64 + 56 * i)
        sections[kind] = bytearray(data[offset:offset + n_bytes])
    return sections


def write(path, sections):
    weights = sections.get(WEIGHTS, b"")
    sections[WEIGHT_HASHES] = b"".join(hashlib.sha256(weights[i:i + CHUNK]).digest()
                                       for i in range(0, len(weights), CHUNK))
    end, table, body = 64 + 56 * len(sections), b"", b""
    for kind, content in sections.items():
        offset = -(-(end + len(body)) // ALIGN) * ALIGN
        body += bytes(offset - end - len(body)) + content
        digest = bytes(32) if kind == WEIGHTS else hashlib.sha256(content).digest()
        table += struct.pack("<IIQQ32s", kind, 0, offset, len(content), digest)
    header = struct.pack("<8sIIQQ", b"HONEPKG\0", 1, len(sections), end + len(body), 0)
    manifest = hashlib.sha256(header + bytes(32) + table).digest()
    with open(path, "wb") as file:
        file.write(header + manifest + table + body)


def plan_header(plan):
    names = ("version n_lists n_steps n_bindings n_kernels n_regions max_tokens max_seqs max_out "
             "max_context page_tokens n_vocab activation_bytes logits_offset logits_stride "
             "scratch_bytes lists steps bindings kernels regions args args_bytes names "
             "names_bytes").split()
    return dict(zip(names, struct.unpack_from("<12I13Q", plan)))


def kernels(plan):
    """(name, entry, code bytes, blob) of each; entry and blob in the CODE section."""
    header = plan_header(plan)
    names = bytes(plan[header["names"]:header["names"] + header["names_bytes"]])
    rows = []
    for i in range(header["n_kernels"]):
        entry, n_bytes, blob, _, name, _ = struct.unpack_from("<4Q2I", plan,
                                                              header["kernels"] + 40 * i)
        rows.append((names[name:names.index(b"\0", name)].decode(), entry, n_bytes, blob))
    return rows


def steps_of(plan, kernel):
    """Offsets, in the plan, of the rows of the steps that use a kernel."""
    header = plan_header(plan)
    rows = [header["steps"] + 48 * i for i in range(header["n_steps"])]
    return [row for row in rows if struct.unpack_from("<I", plan, row)[0] == kernel]
