#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads the sources as text and fails on an include the README's table does not allow, a file that is
too long, a line that is too wide, a missing licence line, or a tab. Templates, scripts and CMake files
are held to their width, and to having no tabs."""
import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../.."))
MAX_LINES, MAX_COLUMNS = 500, 100
# Of what is no C. Templates may be wider: a table or a computed line of theirs cannot be broken.
MAX_WIDTHS = {".py": 120, ".sh": 140, "CMakeLists.txt": 120, ".cmake": 120, ".t": 320}

# Room (longest prefix wins) -> what its files may include, as prefixes of paths or names of headers.
BASE = ["runtime/base/"]
OPS = ["codegen/ops/"]
TEMPLATE = ["codegen/template/"]
CODEGEN = BASE + OPS + TEMPLATE + [
    "codegen/space/", "codegen/target/", "codegen/compile/", "codegen/kernel", "codegen/model/", "codegen/graph/",
    "runtime/package/format.h"]
PUBLIC_RUNTIME = ["runtime/hone.h", "runtime/device/device.h", "runtime/package/", "runtime/text/tokenizer.h",
                  "runtime/text/section.h", "runtime/cli/options.h"]
RULES = {
    "runtime/base/": BASE,
    "runtime/device/": BASE + ["runtime/device/"],
    "runtime/package/": BASE + ["runtime/device/", "runtime/package/"],
    "runtime/plan/": BASE + ["runtime/device/", "runtime/package/", "runtime/plan/", "runtime/hone.h"],
    "runtime/text/": BASE + ["runtime/text/", "pcre2.h"],
    "runtime/cli/": BASE + ["runtime/"],
    "runtime/": BASE + ["runtime/", "base/"],
    "codegen/ops/": BASE + OPS,
    "codegen/template/": BASE + TEMPLATE,
    "codegen/space/": BASE + TEMPLATE + ["codegen/space/", "jansson.h"],
    "codegen/target/": BASE + TEMPLATE + ["codegen/target/", "codegen/compile/"],
    "codegen/compile/": BASE + ["codegen/compile/", "runtime/device/gpu_image.h"],
    "codegen/model/": CODEGEN + ["runtime/text/section.h"],
    "codegen/graph/": CODEGEN,
    "codegen/": CODEGEN,
    "cache/": BASE + ["runtime/package/format.h", "cache/", "sqlite3.h", "jansson.h", "sodium.h"],
    "tuner/": CODEGEN + PUBLIC_RUNTIME + ["cache/", "tuner/", "jansson.h", "zlib.h"],
    "examples/": ["hone.h", "tokenizer.h", "device.h", "target.h"],
    "tests/": None,
}
PROJECT = ("runtime/", "codegen/", "cache/", "tuner/", "tests/", "base/")
THIRD_PARTY = {"jansson.h", "sqlite3.h", "sodium.h", "pcre2.h", "zlib.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path):
    return max((r for r in RULES if path.startswith(r)), key=len, default=None)


def check_include(path, number, quote, name):
    room = room_of(path)
    if room is None or RULES[room] is None:
        return None
    if quote == "<" and name not in THIRD_PARTY:
        return None
    if any(name == allowed or name.startswith(allowed) for allowed in RULES[room]):
        return None
    return f"{path}:{number}: {room} may not include {name}"


def check_file(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        lines = f.read().split("\n")
    if "SPDX-License-Identifier: MIT" not in "\n".join(lines[:3]):
        yield f"{path}:1: no licence line"
    if len(lines) - 1 > MAX_LINES:
        yield f"{path}: {len(lines) - 1} lines, at most {MAX_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            yield f"{path}:{number}: {len(line)} columns, at most {MAX_COLUMNS}"
        if "\t" in line:
            yield f"{path}:{number}: a tab"
        match = INCLUDE.match(line)
        if match:
            defect = check_include(path, number, *match.groups())
            if defect:
                yield defect


def check_width(path, most):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        for number, line in enumerate(f.read().split("\n"), 1):
            if len(line) > most:
                yield f"{path}:{number}: {len(line)} columns, at most {most}"
            if "\t" in line:
                yield f"{path}:{number}: a tab"


def others():
    """Files of other languages than C, each with its width."""
    for top in ("runtime", "codegen", "cache", "tuner", "tests", "examples", "templates", "."):
        for folder, folders, names in os.walk(os.path.join(ROOT, top)):
            if top == ".":
                folders.clear()
            for name in names:
                for end, most in MAX_WIDTHS.items():
                    if name.endswith(end):
                        yield os.path.relpath(os.path.join(folder, name), ROOT), most


def sources():
    for top in ("runtime", "codegen", "cache", "tuner", "tests", "examples"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def main():
    files = sorted(sources())
    defects = [d for path in files for d in check_file(path)]
    for path, most in sorted(set(others())):
        files.append(path)
        defects += check_width(path, most)
    print("\n".join(defects))
    print(f"{len(files)} files, {len(defects)} defects")
    return 1 if defects or not files else 0


if __name__ == "__main__":
    sys.exit(main())
