# SPDX-License-Identifier: MIT
"""One small rendered kernel per template, byte for byte, so that a change of a template is seen as
the change of a kernel.

usage: test_golden_kernels.py [--write]    --write makes the files of tests/golden/kernels anew"""
import difflib
import glob
import os
import sys

from road import GOLDEN, RoadTest, SOURCE, main, must

DATA = os.environ.get("HONE_DATA", SOURCE)
FOLDER = os.path.join(GOLDEN, "kernels")
PORTABLE, AVX2, AVX512 = "cpu:x86_64", "cpu:x86_64:avx2+fma+f16c", "cpu:x86_64:avx2+fma+f16c+avx512"
VNNI, BF16 = AVX512 + "+avx512vnni", AVX512 + "+avx512bf16"
TILES = BF16 + "+amxint8+amxbf16"
ROWS = "n=64 k=256 m=4"

# space -> (target, config or "-" for the first values, problem)
KERNELS = {
    "add": (PORTABLE, "-", "add k=64 m=4"),
    "attention": (AVX2, "-",
                  "attention n_heads=4 n_kv_heads=2 head_dim=32 page_tokens=64 kcache=f16 vcache=f16 m=4 context=64"),
    "attention_combine": (AVX2, "-", "attention_combine n_heads=4 n_kv_heads=1 head_dim=32 part_heads=16 y=q8a m=1"),
    "attention_split": (AVX2, "-",
        "attention_split n_heads=4 n_kv_heads=1 head_dim=32 page_tokens=16 part_heads=16 kcache=f16 vcache=f16 m=1 "
        "context=64"),
    "dequantize": (AVX2, "-", "dequantize n=64 k=256 w=q4_0"),
    "embed": (AVX512, "R=16 PAIRS=0 ROWS=1", "embed n=64 k=256 w=q8_0 m=4"),
    "gather_rows": (PORTABLE, "-", "gather_rows k=64 m=4"),
    "gemm_bf16": (BF16, "R=16 DOT=1 MR=4 NV=2 NB=1 KU=1 PACK=0 AHEAD=0 KC=0 CONV=0 MC=1 RB=1 SCHED=static",
                  f"gemm {ROWS} x=bf16 w=bf16"),
    "gemm_bf16_add": (AVX512, "R=16 DOT=0 MR=4 NV=2 NB=2 KU=1 PACK=1 AHEAD=1 KC=256 CONV=1 MC=2 RB=2 SCHED=static",
                      "gemm_add n=64 k=512 m=8 x=bf16 w=bf16"),
    "gemm_bf16_silu_mul": (AVX512, "R=16 DOT=0 MR=4 NV=1 NB=1 KU=1 PACK=0 AHEAD=0 KC=0 CONV=0 MC=1 RB=1 SCHED=static",
                           f"gemm_silu_mul {ROWS} x=bf16 w0=bf16 w1=bf16"),
    "gemm_f32": (AVX2, "-", f"gemm {ROWS} w=q4_0"),
    "gemm_f32_add": (PORTABLE, "-", f"gemm_add {ROWS} w=f32"),
    "gemm_f32_silu_mul": (AVX2, "-", f"gemm_silu_mul {ROWS} w0=f16 w1=f16"),
    "gemm_i8": (VNNI, "-", f"gemm {ROWS} x=q8a w=q4_0"),
    "gemm_i8_add": (AVX2, "-", f"gemm_add {ROWS} x=q8a w=q8_0"),
    "gemm_bf16_qkv": (AVX512, "R=16 DOT=0 MR=4 NV=1 NB=1 KU=1 PACK=0 AHEAD=0 KC=0 CONV=0 MC=1 RB=1 SCHED=static",
                      f"gemm_qkv {ROWS} n1=16 x=bf16 w0=bf16 w1=bf16 w2=bf16"),
    "gemm_f32_qkv": (PORTABLE, "-", f"gemm_qkv {ROWS} n1=16 w0=f16 w1=f16 w2=f16"),
    "gemm_bf16_split": (BF16, "R=16 DOT=1 MR=2 NV=2 NB=1 KU=1 PACK=0 AHEAD=1 KC=0 CONV=0 MC=1 RB=1 SCHED=static",
                        "gemm_split n=64 k=600 n_parts=2 m=4 x=bf16 w=bf16"),
    "gemm_combine": (AVX2, "-", "gemm_combine n=96 n_parts=4 m=1"),
    "gemm_combine_add": (PORTABLE, "-", "gemm_combine_add n=96 n_parts=2 m=1"),
    "gemm_f32_split": (AVX2, "-", "gemm_split n=64 k=512 n_parts=2 m=4 w=q4_0"),
    "gemm_i8_split": (AVX2, "-", "gemm_split n=64 k=512 n_parts=2 m=4 x=q8a w=q6_k"),
    "gemm_i8_qkv": (AVX2, "-", f"gemm_qkv {ROWS} n1=16 x=q8a w0=q4_0 w1=q4_0 w2=q4_0"),
    "gemm_i8_silu_mul": (PORTABLE, "-", f"gemm_silu_mul {ROWS} x=q8a w0=q4_0 w1=q4_0"),
    "gemm_tiles_bf16": (TILES, "MT=16 NV=1 NB=1 PF=0", "gemm n=64 k=256 m=16 x=bf16 w=bf16"),
    "gemm_tiles_bf16_add": (TILES, "MT=32 NV=2 NB=1 PF=0", "gemm_add n=64 k=256 m=32 x=bf16 w=bf16"),
    "gemm_tiles_bf16_silu_mul": (TILES, "MT=16 NV=1 NB=1 PF=0", "gemm_silu_mul n=64 k=256 m=16 x=bf16 w0=bf16 w1=bf16"),
    "gemm_tiles_i8": (TILES, "MT=16 UR=1 NV=1 NB=1 PF=0", "gemm n=64 k=256 m=16 x=q8a w=q8_0"),
    "gemm_tiles_i8_add": (TILES, "MT=16 UR=1 NV=1 NB=1 PF=0", "gemm_add n=64 k=256 m=16 x=q8a w=q4_0"),
    "gemm_tiles_i8_silu_mul": (TILES, "MT=16 UR=1 NV=1 NB=1 PF=0",
                               "gemm_silu_mul n=64 k=256 m=16 x=q8a w0=q4_0 w1=q4_0"),
    "gemm_i8r": (VNNI, "R=16 MR=2 NV=2 NB=1 KU=1 PACK=1 PF=0 AHEAD=0 KC=256 MC=2 RB=1 SCHED=static",
                 f"gemm {ROWS} x=q8r w=i8"),
    "gemm_i8r_add": (AVX2, "-", f"gemm_add {ROWS} x=q8r w=i8"),
    "gemm_i8r_silu_mul": (PORTABLE, "-", f"gemm_silu_mul {ROWS} x=q8r w0=i8 w1=i8"),
    "quantize": (AVX2, "-", "quantize k=64 y=q8a m=4"),
    "rmsnorm": (AVX2, "-", "rmsnorm k=64 m=4"),
    "rope_append": (AVX2, "-",
        "rope_append n_heads=4 n_kv_heads=2 head_dim=32 rope_dim=32 page_tokens=64 kcache=f16 vcache=f16 m=4"),
    "silu_mul": (AVX2, "-", "silu_mul k=64 m=4"),
}
# The vocabulary is the same text before every kernel of a level: kept once for each.
VOCABULARIES = {"portable": "add", "avx2": "silu_mul", "avx512": "gemm_bf16_add", "avx512vnni": "gemm_i8",
                "avx512bf16": "gemm_bf16"}
# Those of other architectures, by a kernel that is kept for another level.
FOREIGN = {"neon_dotprod": ("silu_mul", "cpu:aarch64:dotprod"), "neon": ("silu_mul", "cpu:aarch64"),
           "rvv": ("silu_mul", "cpu:riscv64:v")}
START = "define void @kernel("


def rendered(space, other=None):
    """(head, vocabulary and helpers, kernel)"""
    target, config, problem = KERNELS[space]
    target = other or target
    text = must("render_kernel", DATA, target, space, config, problem).stdout.decode()
    head, body = text[:nth_line(text, 3)], text[nth_line(text, 3):]
    at = body.index(START)
    return head, body[:at], body[at:]


def nth_line(text, n):
    at = 0
    for _ in range(n):
        at = text.index("\n", at) + 1
    return at


def goldens():
    """name of file -> text"""
    files = {}
    for space in KERNELS:
        head, _, kernel = rendered(space)
        files[space + ".ll"] = head + kernel
    for level, space in VOCABULARIES.items():
        files[f"vocabulary-{level}.ll"] = rendered(space)[1]
    for level, (space, target) in FOREIGN.items():
        files[f"vocabulary-{level}.ll"] = rendered(space, target)[1]
    return files


class GoldenKernels(RoadTest):
    maxDiff = None

    def test_kernels(self):
        for name, text in goldens().items():
            with self.subTest(name):
                path = os.path.join(FOLDER, name)
                with open(path, encoding="utf-8") as f:
                    want = f.read()
                if text != want:
                    diff = difflib.unified_diff(want.splitlines(), text.splitlines(), name, "rendered now", lineterm="")
                    print("\n".join(list(diff)[:60]))
                    self.fail(f"{name} differs; if that is meant: {os.path.basename(__file__)} --write")

    def test_every_space_has_one(self):
        spaces = {os.path.basename(p)[:-5] for p in glob.glob(os.path.join(DATA, "search-spaces/*.json"))
                  if not os.path.basename(p).startswith("gpu_")}
        self.assertEqual(spaces, set(KERNELS))
        kept = {os.path.basename(p) for p in glob.glob(os.path.join(FOLDER, "*.ll"))}
        self.assertEqual(kept, {s + ".ll" for s in KERNELS} | {f"vocabulary-{v}.ll" for v in (*VOCABULARIES, *FOREIGN)})


def write():
    os.makedirs(FOLDER, exist_ok=True)
    for name, text in goldens().items():
        with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as f:
            f.write(text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        main()
