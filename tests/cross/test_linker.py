# SPDX-License-Identifier: MIT
"""Objects of the cross assemblers, linked by hone's linker and by GNU ld: the same bytes. Every
relocation that a blob may hold, over instructions and distances drawn from a seed."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ.get("HONE_BIN", "bin")
SEED = int(os.environ.get("HONE_SEED", "1"))
SCRIPT = "SECTIONS { . = 0; .text : { *(.text) } .rodata : { *(.rodata) } }"
WORDS = 512

# instruction (with registers at random), relocation, what it points at, unit of the distance
AARCH64 = [
    ("bl .", "R_AARCH64_CALL26", "code", 4),
    ("b .", "R_AARCH64_JUMP26", "code", 4),
    ("b.ne .", "R_AARCH64_CONDBR19", "code", 4),
    ("cbnz x{r}, .", "R_AARCH64_CONDBR19", "code", 4),
    ("tbz w{r}, #3, .", "R_AARCH64_TSTBR14", "code", 4),
    ("ldr q{r}, .", "R_AARCH64_LD_PREL_LO19", "data", 4),
    ("adr x{r}, .", "R_AARCH64_ADR_PREL_LO21", "data", 1),
    ("adrp x{r}, .", "R_AARCH64_ADR_PREL_PG_HI21", "data", 1),
    ("add x{r}, x{r}, #0", "R_AARCH64_ADD_ABS_LO12_NC", "data", 1),
    ("ldrb w{r}, [x{r}]", "R_AARCH64_LDST8_ABS_LO12_NC", "data", 1),
    ("ldrh w{r}, [x{r}]", "R_AARCH64_LDST16_ABS_LO12_NC", "data", 2),
    ("ldr s{r}, [x{r}]", "R_AARCH64_LDST32_ABS_LO12_NC", "data", 4),
    ("ldr d{r}, [x{r}]", "R_AARCH64_LDST64_ABS_LO12_NC", "data", 8),
    ("str q{r}, [x{r}]", "R_AARCH64_LDST128_ABS_LO12_NC", "data", 16),
    (".word 0", "R_AARCH64_PREL32", "data", 1),
]
RISCV64 = [
    ("jal x{r}, .", "R_RISCV_JAL", "code", 2),
    ("bne x{r}, x{s}, .", "R_RISCV_BRANCH", "code", 2),
    (".word 0", "R_RISCV_32_PCREL", "data", 1),
    ("auipc x{r}, 0", "pair load", "data", 1),
    ("auipc x{r}, 0", "pair store", "data", 1),
    ("auipc ra, 0\n jalr ra, ra", "R_RISCV_CALL_PLT", "code", 2),
    (".half 0xa001, 0x1", "R_RISCV_RVC_JUMP", "near", 2),
    (".half 0xc101, 0x1", "R_RISCV_RVC_BRANCH", "near", 2),
    (".word 0", "R_RISCV_ADD32", "code", 1),
    (".quad 0", "R_RISCV_ADD64", "code", 1),
]


def operand(draw, what, unit, at):
    """A symbol and an addend: somewhere in the section, or near enough for a short jump."""
    if what == "near":
        return f"k+{(at + draw.randrange(-120, 120)) // unit * unit}"
    if what == "code":
        return f"k+{draw.randrange(0, 8 * WORDS) // unit * unit}"
    return f"table+{draw.randrange(0, 3 << 16) // unit * unit}"


def program(arch, draw):
    """Assembly of one function and one table."""
    lines, at = [".text", ".globl k", ".type k, %function", "k:"], 0
    for i in range(WORDS):
        text, kind, what, unit = draw.choice(AARCH64 if arch == "aarch64" else RISCV64)
        r, s = draw.randrange(5, 28), draw.randrange(5, 28)
        to = operand(draw, what, unit, at)
        lines.append(f"l{i}: {text.format(r=r, s=s)}")
        if kind.startswith("pair"):
            low = f"lw x{r}, 0(x{r})" if kind == "pair load" else f"sw x{s}, 0(x{r})"
            letter = "I" if kind == "pair load" else "S"
            lines += [f" {low}", f".reloc l{i}, R_RISCV_PCREL_HI20, {to}",
                      f".reloc l{i}+4, R_RISCV_PCREL_LO12_{letter}, l{i}"]
        elif kind.startswith("R_RISCV_ADD"):
            lines += [f".reloc l{i}, {kind}, {to}", f".reloc l{i}, {kind.replace('ADD', 'SUB')}, l{i}"]
        else:
            lines.append(f".reloc l{i}, {kind}, {to}")
        at += 8 if kind.startswith("pair") or "CALL" in kind or "64" in kind[-2:] and arch == "riscv64" else 4
    return "\n".join(lines + [".section .rodata", ".balign 64", " .quad 7, 7", "table:", " .skip 256, 5", ""])


class Linker(unittest.TestCase):
    def compare(self, arch, flags):
        tools = f"{arch}-linux-gnu-"
        if not shutil.which(tools + "as"):
            self.skipTest(f"no {tools}as")
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            with open(path("script"), "w", encoding="ascii") as f:
                f.write(SCRIPT)
            for seed in range(SEED, SEED + 4):
                with open(path("k.s"), "w", encoding="ascii") as f:
                    f.write(program(arch, random.Random(seed)))
                subprocess.run([tools + "as", *flags, path("k.s"), "-o", path("k.o")], check=True)
                subprocess.run([tools + "ld", "-T", path("script"), "-e", "k", path("k.o"), "-o", path("k.elf")],
                               check=True, stderr=subprocess.DEVNULL)
                subprocess.run([tools + "objcopy", "-O", "binary", path("k.elf"), path("want")], check=True)
                subprocess.run([os.path.join(BIN, "link_object"), path("k.o"), path("got")], check=True)
                with open(path("want"), "rb") as w, open(path("got"), "rb") as g:
                    want, got = w.read(), g.read()
                first = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), None)
                self.assertEqual((first, len(want)), (None, len(got)), f"{arch}, seed {seed}")

    def test_aarch64(self):
        self.compare("aarch64", [])

    def test_riscv64(self):
        self.compare("riscv64", ["-mno-relax"])


if __name__ == "__main__":
    if not shutil.which("aarch64-linux-gnu-as") and not shutil.which("riscv64-linux-gnu-as"):
        print("skipped: no cross assembler here (tests/run.sh --cross installs them)")
        sys.exit(77)
    unittest.main()
