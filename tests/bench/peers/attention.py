# SPDX-License-Identifier: MIT
"""Attention alone: hone's kernels against llama.cpp's flash attention op (test-backend-ops perf)."""
import os
import re
import tempfile

import models
import programs
import stats

# (query heads, KV heads, values of a head)
HEADS = ((32, 4, 64), (32, 8, 128))
PREFILL, DECODE = (512, 1024, 2048, 4096, 8192), (1024, 2048, 4096, 8192, 16384, 32768)
KVS = ("f16", "f32", "bf16", "q8_0")
ROWS = 512
GGML_TYPES = {"f32": (0, 4, 1), "f16": (1, 2, 1), "q8_0": (8, 34, 32), "bf16": (30, 2, 1)}  # number, bytes of a block, values


def cases():
    for heads in HEADS:
        for kv in KVS:
            yield from ((heads, kv, ROWS, context) for context in PREFILL)
            yield from ((heads, kv, 1, context) for context in DECODE)


def operations(heads, m, context, causal):
    """Multiplications and additions of both products; a causal row stops at its own position."""
    n_heads, _, size = heads
    positions = sum(context - m + i + 1 for i in range(m)) if causal else m * context
    return 4 * n_heads * size * positions


def kv_bytes(heads, kv, context):
    _, block_bytes, values = GGML_TYPES[kv]
    return 2 * heads[1] * heads[2] * context * block_bytes / values


# ---- the peer ----

def op_number(source):
    """FLASH_ATTN_EXT's in this version of ggml."""
    with open(os.path.join(source, "ggml/include/ggml.h"), encoding="utf-8") as f:
        text = re.search(r"enum ggml_op \{(.*?)\}", f.read(), re.S).group(1)
    names = re.findall(r"^\s*(GGML_OP_\w+)", text, re.M)
    return names.index("GGML_OP_FLASH_ATTN_EXT")


def tensor(kind, sizes):
    number, block_bytes, values = GGML_TYPES[kind]
    strides = [block_bytes, sizes[0] // values * block_bytes]
    for size in sizes[1:3]:
        strides.append(strides[-1] * size)
    return " ".join(map(str, (number, *sizes, *strides)))


def test_line(op, heads, kv, m, context, name):
    """One case of test-backend-ops --test-file: the op, its result, its parameters, its sources."""
    n_heads, n_kv_heads, size = heads
    scale = int.from_bytes(bytes.fromhex("3e000000" if size == 64 else "3db504f3"), "big")
    sources = [tensor("f32", (size, m, n_heads, 1)), tensor(kv, (size, context, n_kv_heads, 1)),
               tensor(kv, (size, context, n_kv_heads, 1)), tensor("f16", (context, m, 1, 1))]
    return f"{op} 0 {size} {n_heads} {m} 1 3 {scale} 0 0 {len(sources)} {' '.join(sources)} {name}"


def peer_times(program, source, some, threads):
    """{case: microseconds} of one run over all of them."""
    op, named = op_number(source), {f"c{i}": case for i, case in enumerate(some)}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.writelines(test_line(op, *case, name) + "\n" for name, case in named.items())
        f.flush()
        # It takes as many threads as it sees processors.
        words = ["taskset", "-c", f"0-{threads - 1}", program, "perf", "-b", "CPU", "--test-file", f.name]
        text = programs.run(words)
    found = {}
    for fields, microseconds in stats.backend_ops(text):
        if fields.get("name") in named:
            found[named[fields["name"]]] = microseconds
    return found


# ---- hone ----

def problem(heads, kv, m, context):
    n_heads, n_kv_heads, size = heads
    scale = "0x3e000000" if size == 64 else "0x3db504f3"
    rows = "1-1@1" if m == 1 else f"65-{m}@{m}"
    return (f"attention n_heads={n_heads} n_kv_heads={n_kv_heads} head_dim={size} page_tokens=64 scale={scale} "
            f"types=f32,{kv},{kv},f32 acts=f32 m={rows} context={context}")


def row(case, threads, ours, theirs):
    heads, kv, m, context = case
    found = {"heads": heads, "kv": kv, "m": m, "context": context, "threads": threads,
             "hone_us": {name: stats.spread(values) for name, values in ours.items()}, "peer_us": None, "ratios": {}}
    work = operations(heads, m, context, True)
    found["hone_gflops"] = {name: work / value["median"] * 1e-3 for name, value in found["hone_us"].items()}
    found["hone_kv_gbytes"] = {name: kv_bytes(heads, kv, context) / value["median"] * 1e-3
                               for name, value in found["hone_us"].items()} if m == 1 else {}
    if theirs:
        found["peer_us"] = stats.spread(theirs)
        found["peer_gflops"] = operations(heads, m, context, False) / found["peer_us"]["median"] * 1e-3
        for name, values in ours.items():
            n = min(len(values), len(theirs))
            found["ratios"][name] = stats.ratios(theirs[:n], values[:n])
            found["ratios"][name]["per_operation"] = found["hone_gflops"][name] / found["peer_gflops"]
    return found


def print_row(found):
    heads, cells = found["heads"], []
    for name, value in found["hone_us"].items():
        rate = found["hone_kv_gbytes"].get(name)
        cells.append(f"{name} {value['median']:.0f} us ({found['hone_gflops'][name]:.0f} GFLOP/s"
                     + (f", KV at {rate:.1f} GB/s)" if rate else ")"))
        if name in found["ratios"]:
            r = found["ratios"][name]
            cells.append(f"x{r['median']:.2f} [{r['min']:.2f}, {r['max']:.2f}] in time, x{r['per_operation']:.2f} per operation")
    peer = f"llama {found['peer_us']['median']:.0f} us ({found['peer_gflops']:.0f} GFLOP/s)" if found["peer_us"] else "no peer"
    print(f"{heads[0]}/{heads[1]} x {heads[2]:<3} kv {found['kv']:4} {found['threads']}T m={found['m']:<3} "
          f"context {found['context']:5}  {'  '.join(cells)}  {peer}", flush=True)


def run(asked):
    """Rounds of: the peer over all cases, then hone over all cases. KV is hot, as a model just wrote it."""
    found, rows = models.tools(asked).get("llama", {}), []
    for threads in asked.threads:
        hone = programs.Asked("hone", [os.path.join(asked.bin, "bench_problem"), threads])
        ours, theirs = {}, {}
        some = [case for case in cases() if case[1] in asked.kvs and case[3] <= asked.most_context]
        for _ in range(asked.rounds):
            if "test-backend-ops" in found and asked.llama_source:
                for case, us in peer_times(found["test-backend-ops"], asked.llama_source, some, threads).items():
                    theirs.setdefault(case, []).append(us)
            for case in list(some):
                try:
                    hone.ask(f"case {problem(*case)}")
                    for name, ns in hone.time(asked.seconds).items():
                        ours.setdefault(case, {}).setdefault(name, []).append(ns * 1e-3)
                except programs.Failed as failure:
                    print(f"left out: {problem(*case)}: {failure}", flush=True)
                    some.remove(case)
        hone.close()
        for case, times in ours.items():
            rows.append(row(case, threads, times, theirs.get(case, [])))
            print_row(rows[-1])
    return {"rows": rows}
