#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Second reader of packages, written from cache/FORMAT.md alone; Python's standard library only.

usage: package_dump.py FILE    checks every hash and table and prints what is there; exit 1 if bad
"""
import hashlib
import struct
import sys

KINDS = {1: "TARGET", 2: "INFO", 3: "PLAN", 4: "CODE", 5: "WEIGHTS", 6: "WEIGHT_HASHES",
         7: "TOKENIZER", 8: "PROOFS", 9: "SIGNATURE", 10: "WEIGHT_PARTS"}
OF_A_PLAN = (1, 3, 4, 8, 10)
ALIGN, CHUNK, PLANS = 65536, 1 << 20, 8


class Bad(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Bad(text)


def sha256(data):
    return hashlib.sha256(data).digest()


def read_container(data):
    need(len(data) >= 64, "shorter than a header")
    magic, version, n_sections, file_bytes, reserved, manifest = struct.unpack_from("<8sIIQQ32s", data)
    need(magic == b"HONEPKG\0", "magic")
    need(version == 1, "version")
    need(1 <= n_sections <= 64 and reserved == 0, "header")
    need(file_bytes == len(data), "file_bytes")
    end = 64 + 56 * n_sections
    need(end <= len(data), "table outside the file")
    need(sha256(data[:32] + bytes(32) + data[64:end]) == manifest, "manifest hash")
    sections = {}
    for i in range(n_sections):
        kind, index, offset, n_bytes, digest = struct.unpack_from("<IIQQ32s", data, 64 + 56 * i)
        need(kind in KINDS and (kind, index) not in sections, f"row {i}: kind {kind}.{index}")
        need(index < (PLANS if kind in OF_A_PLAN else 1), f"row {i}: kind {kind}.{index}")
        need(offset % ALIGN == 0 and offset >= end and n_bytes > 0, f"{KINDS[kind]}: place")
        need(offset + n_bytes <= len(data), f"{KINDS[kind]}: outside the file")
        need(offset - end < ALIGN and not any(data[end:offset]), f"before {KINDS[kind]}: not zeros")
        end = offset + n_bytes
        content = data[offset:end]
        need(digest == (bytes(32) if kind in (5, 9) else sha256(content)), f"{KINDS[kind]}: hash")
        sections[kind, index] = content
    need(end == len(data), "bytes after the last section")
    need((2, 0) in sections, "no INFO")
    for index in range(1 + max(index for _, index in sections)):
        for kind in (1, 3, 4):
            need((kind, index) in sections, f"no {KINDS[kind]} of plan {index}")
    weights = sections.get((5, 0), b"")
    chunks = b"".join(sha256(weights[i:i + CHUNK]) for i in range(0, len(weights), CHUNK))
    need(chunks == sections.get((6, 0), b""), "weight hashes")
    return manifest, sections


def rows(plan, offset, count, layout):
    size = struct.calcsize(layout)
    need(offset % 8 == 0 and offset + count * size <= len(plan), "a table outside the plan")
    return [struct.unpack_from(layout, plan, offset + i * size) for i in range(count)]


def name_at(names, offset):
    need(offset < len(names), "a name outside the names")
    return names[offset:names.index(b"\0", offset)].decode()


def read_parts(content, n_weights):
    need(len(content) % 16 == 0, "weight parts")
    parts, end = [], 0
    for i in range(0, len(content), 16):
        offset, n_bytes = struct.unpack_from("<2Q", content, i)
        need(offset >= end and offset % 64 == 0 and 0 < n_bytes <= n_weights - offset, "a weight part")
        end = offset + n_bytes
        need(n_bytes % 64 == 0 or end == n_weights, "a weight part's size")
        parts.append((offset, end))
    return parts


def read_plan(plan, n_code, n_weights, parts):
    need(len(plan) >= 152, "plan shorter than its header")
    (version, n_lists, n_steps, n_bindings, n_kernels, n_regions, max_tokens, max_seqs, max_out,
     max_context, page_tokens, n_vocab, activation_bytes, logits_offset, logits_stride,
     scratch_bytes, lists_at, steps_at, bindings_at, kernels_at, regions_at, args_at, args_bytes,
     names_at, names_bytes) = struct.unpack_from("<12I13Q", plan)
    need(version == 1, "plan version")
    names = plan[names_at:names_at + names_bytes]
    need(names_bytes > 0 and len(names) == names_bytes and names[-1] == 0, "names")
    need(args_at % 64 == 0 and args_at + args_bytes <= len(plan), "arguments")
    need(logits_stride >= 4 * n_vocab, "logits_stride")
    need(logits_offset + (max_out - 1) * logits_stride + 4 * n_vocab <= activation_bytes, "logits")
    out = [f"envelope tokens={max_tokens} seqs={max_seqs} out={max_out} context={max_context} "
           f"page={page_tokens} vocab={n_vocab}",
           f"memory activations={activation_bytes} scratch={scratch_bytes}"]
    for i, (page_bytes,) in enumerate(rows(plan, regions_at, n_regions, "<Q")):
        need(page_bytes > 0, f"region {i}")
        out.append(f"region {i} page={page_bytes}")
    kernels = rows(plan, kernels_at, n_kernels, "<4Q2I")
    for i, (entry, n_bytes, blob, scratch, name, reserved) in enumerate(kernels):
        need(blob % 4096 == 0 and blob + n_bytes <= n_code, f"kernel {i}: blob")
        need(blob <= entry < blob + n_bytes and scratch <= scratch_bytes, f"kernel {i}")
        need(reserved == 0, f"kernel {i}: reserved")
        out.append(f"kernel {i} '{name_at(names, name)}' blob={blob}+{n_bytes} entry={entry}")
    bindings = rows(plan, bindings_at, n_bindings, "<2IQ")
    limits = [activation_bytes, n_weights, 12, n_regions]
    steps = rows(plan, steps_at, n_steps, "<4IQ6I")
    next_m = 1
    for m_min, m_max, first, count in rows(plan, lists_at, n_lists, "<4I"):
        need(m_min == next_m and m_min <= m_max <= max_tokens, "lists")
        need(first + count <= n_steps, "steps of a list")
        next_m = m_max + 1
        out.append(f"list {m_min}-{m_max}")
        for step in steps[first:first + count]:
            (kernel, rule, p0, p1, args, n_args, first_b, n_b, name, schedule, reserved) = step
            need(kernel < n_kernels and rule < 3 and schedule < 2 and reserved == 0, "step")
            need(rule == 0 or p0 > 0, "grid")
            need(args % 64 == 0 and args + n_args <= args_bytes, "arguments of a step")
            need(first_b + n_b <= n_bindings, "bindings of a step")
            for at, kind, value in bindings[first_b:first_b + n_b]:
                need(at % 8 == 0 and at + 8 <= n_args, "place of a binding")
                need(kind < 4 and value < limits[kind], "binding")
                need(kind != 1 or not parts or any(a <= value < b for a, b in parts), "weight in no part")
            out.append(f"  '{name_at(names, name)}' kernel={kernel} grid={rule}:{p0},{p1} "
                       f"schedule={schedule} bindings={n_b}")
    need(next_m == max_tokens + 1, "lists do not reach max_tokens")
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        manifest, sections = read_container(data)
        weights = len(sections.get((5, 0), b""))
        plans = []
        for index in sorted(index for kind, index in sections if kind == 3):
            parts = read_parts(sections.get((10, index), b""), weights)
            plans.append(read_plan(sections[3, index], len(sections[4, index]), weights, parts))
        info = sections[2, 0].decode()
        need(info.endswith("\n") and all("=" in l[1:] for l in info[:-1].split("\n")), "info")
    except (Bad, struct.error, ValueError, OverflowError) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"manifest {manifest.hex()}")
    for (kind, index), content in sections.items():
        print(f"section {KINDS[kind]}{f'.{index}' if index else ''} {len(content)}")
    for index, plan in enumerate(plans):
        print(f"target {sections[1, index].decode()}")
        if index == 0:
            print(info, end="")
        print("\n".join(plan))


main()
