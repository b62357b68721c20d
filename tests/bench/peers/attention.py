# SPDX-License-Identifier: MIT
"""Attention alone: hone's kernels against llama.cpp's flash attention op, as its test-backend-ops times it."""
import os

import gemm
import programs
import stats

# (query heads, KV heads, values of a head)
HEADS = ((32, 4, 64), (32, 8, 128))
PREFILL, DECODE = (512, 1024, 2048, 4096, 8192), (1024, 2048, 4096, 8192, 16384, 32768)
KVS = ("f16", "f32", "bf16", "q8_0")
ROWS = 512
BYTES = {"f32": 4, "f16": 2, "bf16": 2, "q8_0": 34 / 32}


def cases():
    for heads in HEADS:
        for kv in KVS:
            yield from ((heads, kv, ROWS, context) for context in PREFILL)
            yield from ((heads, kv, 1, context) for context in DECODE)


def operations(heads, m, context):
    """Multiplications and additions of both products; a row stops at its own position."""
    n_heads, _, size = heads
    return 4 * n_heads * size * sum(context - m + i + 1 for i in range(m))


def kv_bytes(heads, kv, context):
    return 2 * heads[1] * heads[2] * context * BYTES[kv]


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
    work = operations(heads, m, context)
    found["hone_gflops"] = {name: work / value["median"] * 1e-3 for name, value in found["hone_us"].items()}
    found["hone_kv_gbytes"] = {name: kv_bytes(heads, kv, context) / value["median"] * 1e-3
                               for name, value in found["hone_us"].items()} if m == 1 else {}
    if theirs:
        found["peer_us"] = stats.spread(theirs)
        found["peer_gflops"] = work / found["peer_us"]["median"] * 1e-3
        for name, values in ours.items():
            found["ratios"][name] = stats.ratios(theirs, values)
    return found


def print_row(found):
    heads, cells = found["heads"], []
    for name, value in found["hone_us"].items():
        rate = found["hone_kv_gbytes"].get(name)
        cells.append(f"{name} {value['median']:.0f} us ({found['hone_gflops'][name]:.0f} GFLOP/s"
                     + (f", KV at {rate:.1f} GB/s)" if rate else ")"))
        if name in found["ratios"]:
            r = found["ratios"][name]
            cells.append(f"x{r['median']:.2f} [{r['min']:.2f}, {r['max']:.2f}]")
    peer = "no peer"
    if found["peer_us"]:
        peer = f"llama {found['peer_us']['median']:.0f} us ({found['peer_gflops']:.0f} GFLOP/s)"
    print(f"{heads[0]}/{heads[1]} x {heads[2]:<3} kv {found['kv']:4} {found['threads']}T m={found['m']:<3} "
          f"context {found['context']:5}  {'  '.join(cells)}  {peer}", flush=True)


def ready(program, line):
    """Whether it has the case."""
    try:
        program.ask(f"case {line}")
        return True
    except programs.Failed as failure:
        print(f"left out: {failure}", flush=True)
        return False


def run(asked):
    """KV is hot, as a model just wrote it."""
    rows, peer = [], os.path.join(asked.bin, "bench_attention_ggml")
    if "llama" in asked.skip or not os.path.exists(peer):
        print("left out: llama (no bench_attention_ggml)")
        peer = ""
    for threads in asked.threads:
        hone = programs.Asked("hone", [os.path.join(asked.bin, "bench_problem"), threads])
        llama = programs.Asked("llama", [peer, threads]) if peer else None
        for case in cases():
            heads, kv, m, context = case
            if kv not in asked.kvs or context > asked.most_context:
                continue
            contenders = [hone] if ready(hone, problem(*case)) else []
            if llama and ready(llama, f"{kv} {m} {context} {heads[0]} {heads[1]} {heads[2]}"):
                contenders.append(llama)
            try:
                samples = gemm.measure(contenders, asked.rounds, asked.seconds)
            except programs.Failed as failure:
                print(failure, flush=True)
                continue
            theirs = [ns * 1e-3 for ns in samples.pop("llama", [])]
            rows.append(row(case, threads, {name: [ns * 1e-3 for ns in values] for name, values in samples.items()},
                            theirs))
            print_row(rows[-1])
        for program in filter(None, (hone, llama)):
            program.close()
    return {"rows": rows}
