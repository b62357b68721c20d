# SPDX-License-Identifier: MIT
"""Templates and search spaces with an error: `hone pack` names file and line and packs nothing."""
import os
import shutil

from road import (FAILED, OK, RoadTest, SOURCE, environment, main, make_model, run)

DATA = os.environ.get("HONE_DATA", SOURCE)
TEMPLATE, SPACE = "templates/cpu/rmsnorm.ll.t", "search-spaces/rmsnorm.json"
BODY = "define void @kernel("
BEFORE, INSIDE, AFTER = "before", "inside", "after"

# name -> (line of text, where it goes, words of the message); {n} is the number of that line.
LINES = {
    "directive": ("$frobnicate", BEFORE, "rmsnorm.ll.t:{n}:1: ", "$frobnicate"),
    "name": ("  ; ${nonsense}", INSIDE, "rmsnorm.ll.t:{n}:7: ", "'nonsense'", "[config RB=1]"),
    "type": ("  ; ${1 + 'a'}", INSIDE, "rmsnorm.ll.t:{n}:", "number"),
    "zero": ("  ; ${1 / 0}", INSIDE, "rmsnorm.ll.t:{n}:", "division by zero"),
    "expression": ("  ; ${1 +}", INSIDE, "rmsnorm.ll.t:{n}:"),
    "unclosed": ("  ; ${isa", INSIDE, "rmsnorm.ll.t:{n}:5: ", "'}'"),
    "no end": ("$if 1", AFTER, "rmsnorm.ll.t:{n}:1: ", "$end"),
    "stray end": ("$end", AFTER, "rmsnorm.ll.t:{n}:1: ", "$end"),
    "include": ('$include "cpu/nowhere.ll.t"', AFTER, "rmsnorm.ll.t:{n}:1: ", "cpu/nowhere.ll.t"),
    "include of itself": ('$include "cpu/rmsnorm.ll.t"', AFTER, "rmsnorm.ll.t:{n}:1: "),
    "include from outside": ('$include "../../etc/passwd"', AFTER, "rmsnorm.ll.t:{n}:1: ", "inside"),
    "without end": ("$for i in 0..1000000000\n$end", AFTER, "rmsnorm.ll.t:{n}:1: ", "steps"),
    "recursion": ("$macro a(n)\n$call a(n)\n$end\n$call a(1)", AFTER, "rmsnorm.ll.t:", "deep"),
    "no instruction": ("  %frob = frob i32 1", INSIDE, "rmsnorm.ll.t", "RB=1", "frob i32 1"),
    "a library's function": ("  %frob = call double @sin(double 1.0)", INSIDE, "rmsnorm.ll.t", "@sin"),
}


def replaced(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new, 1)
    return change


# name -> (change to the text of the file, words of the message)
TEMPLATES = {
    "empty": (lambda text: "", "rmsnorm.ll.t:1:1: ", "$template"),
    "binary": (lambda text: "\0\1\2" * 99, "rmsnorm.ll.t:1"),
    "a parameter renamed": (replaced("$param isa ", "$param isb "), "rmsnorm.json", "isb"),
    "no such function": (replaced("@kernel", "@colonel"), "rmsnorm.ll.t", "kernel"),
    "a variable": (lambda text: text + "\n@g = global i32 1\n", "rmsnorm.ll.t", "writable"),
}
SPACES = {
    "syntax": (replaced('"op":', '"op"'), "rmsnorm.json:2:"),
    "empty": (lambda text: "", "rmsnorm.json:1:"),
    "a list": (lambda text: "[]", "rmsnorm.json", "object"),
    "no op": (replaced('"op"', '"opp"'), "rmsnorm.json", "'opp'"),
    "an unknown key": (replaced('"op"', '"colour": 1, "op"'), "rmsnorm.json", "'colour'"),
    "a key twice": (replaced('"op"', '"op": "add", "op"'), "rmsnorm.json:2:", '"op"'),
    "no template": (replaced("cpu/rmsnorm.ll.t", "cpu/nowhere.ll.t"), "rmsnorm.json", "nowhere.ll.t"),
    "a template elsewhere": (replaced("cpu/rmsnorm.ll.t", "../../etc/passwd"), "rmsnorm.json", "inside"),
    "no such parameter": (replaced('"default": {', '"default": {"ZZ": "1", '), "rmsnorm.json", "'ZZ'"),
    "rank": (replaced('"rank": "', '"rank": "1 +* '), "rmsnorm.json:15:"),
    "scratch below nothing": (replaced('"scratch": "0"', '"scratch": "-1"'), "rmsnorm.json", "scratch", "-1"),
    "an unknown name": (replaced('"scratch": "0"', '"scratch": "colour"'), "rmsnorm.json:15:", "'colour'"),
    "division by zero": (replaced('"applies": "', '"applies": "1 / 0 == '), "rmsnorm.json:3:", "zero"),
    "a default not listed": (replaced("m < 16 ? 1 : 4", "3"), "rmsnorm.json", "RB=3"),
    "no such format": (replaced('"y": "y_type"', "\"y\": \"'f33'\""), "rmsnorm.json", "f33"),
    "unproven, and no trial": (replaced('"default": {', '"unproven": "never ran", "default": {'),
                               "blk.0.attn_norm.weight", "no template"),
    "no such grid": (replaced('"tokens"', '"tickets"'), "rmsnorm.json", "tickets"),
}


class BadData(RoadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = make_model(os.path.join(cls.folder, "m.gguf"), "odd7", "f32")
        cls.data = os.path.join(cls.folder, "data")
        for part in ("templates", "search-spaces"):
            shutil.copytree(os.path.join(DATA, part), os.path.join(cls.data, part))

    def pack(self, data=None):
        return run("hone", "pack", self.model, "-o", self.path("m.hone"), "--max-tokens", 1, "-q",
                   env=environment(HONE_DATA=data or self.data))

    def changed(self, name, change, *words):
        """Packs with one file changed, then puts it back."""
        path = os.path.join(self.data, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(change(text))
            self.assert_refused(self.pack(), FAILED, *words)
            self.assertFalse(os.path.exists(self.path("m.hone")), "an output was left behind")
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)

    def test_good(self):
        self.assertEqual(self.pack().returncode, OK)
        os.remove(self.path("m.hone"))

    def test_lines_of_a_template(self):
        for name, (line, where, *words) in LINES.items():
            with self.subTest(name):
                with open(os.path.join(self.data, TEMPLATE), encoding="utf-8") as f:
                    lines = f.read().split("\n")
                body = next(i for i, old in enumerate(lines) if old.startswith(BODY))
                at = {BEFORE: body, INSIDE: body + 2, AFTER: len(lines)}[where]
                words = [word.replace("{n}", str(at + 1)) for word in words]
                self.changed(TEMPLATE, lambda _, a=at, new=line: "\n".join(lines[:a] + [new] + lines[a:]), *words)

    def test_templates(self):
        for name, (change, *words) in TEMPLATES.items():
            with self.subTest(name):
                self.changed(TEMPLATE, change, *words)

    def test_spaces(self):
        for name, (change, *words) in SPACES.items():
            with self.subTest(name):
                self.changed(SPACE, change, *words)

    def test_missing(self):
        for name, word in ((TEMPLATE, "rmsnorm.ll.t"), (SPACE, "blk.0.attn_norm.weight"),
                           ("templates", "templates"), ("search-spaces", "search-spaces")):
            with self.subTest(name):
                path = os.path.join(self.data, name)
                os.rename(path, path + ".away")
                try:
                    self.assert_refused(self.pack(), FAILED, word)
                finally:
                    os.rename(path + ".away", path)
        self.assert_refused(self.pack(self.path("nowhere")), FAILED, "nowhere", "HONE_DATA")

    def test_a_space_twice(self):
        copy = os.path.join(self.data, "search-spaces/zz.json")
        shutil.copy(os.path.join(self.data, SPACE), copy)
        self.assert_refused(self.pack(), FAILED, "zz.json", "rmsnorm.json")
        os.remove(copy)


if __name__ == "__main__":
    main()
