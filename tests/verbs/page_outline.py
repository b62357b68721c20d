# SPDX-License-Identifier: MIT
"""Reads a page of hone report: its outline, its texts, its pictures, and what is wrong with it."""
import math
import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}
NUMBERS = ("x", "y", "x1", "y1", "x2", "y2", "width", "height", "cx", "cy", "r", "points", "viewbox", "transform")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.I)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.defects, self.outline = [], [], []
        self.ids, self.wanted_ids, self.texts = [], [], []
        self.cell, self.row, self.svg = None, None, None
        self.feed(text)
        self.close()
        if self.open:
            self.defects.append(f"left open: {self.open}")
        for wanted in self.wanted_ids:
            if wanted not in self.ids:
                self.defects.append(f"no element has the id {wanted}")
        if len(set(self.ids)) != len(self.ids):
            self.defects.append("an id is there twice")

    def check_attributes(self, tag, attributes):
        for name, value in attributes:
            if name.startswith("on") or name in ("src", "srcset", "action", "xlink:href", "style"):
                self.defects.append(f"<{tag} {name}={value}>")
            if name == "href" and not (value or "").startswith("#"):
                self.defects.append(f"a reference to elsewhere: {value}")
            if name == "href":
                self.wanted_ids.append(value[1:])
            if name == "id":
                self.ids.append(value)
            if name in ("aria-labelledby", "aria-describedby"):
                self.wanted_ids += value.split()
            if name in NUMBERS:
                rest = NUMBER.sub("", value)
                if re.search(r"nan|inf", value, re.I) or re.sub(r"translate|rotate|[(), ]", "", rest):
                    self.defects.append(f"<{tag} {name}={value}> is no number")
                elif not all(math.isfinite(float(n)) for n in NUMBER.findall(value)):
                    self.defects.append(f"<{tag} {name}={value}> is not finite")

    def check_place(self, tag, attributes):
        """What is drawn lies in its picture."""
        values = {name: value for name, value in attributes}
        if not self.svg or tag not in ("line", "rect", "circle", "polyline", "polygon", "text"):
            return
        width, height = self.svg["size"]
        points = []
        for x, y in (("x1", "y1"), ("x2", "y2"), ("cx", "cy"), ("x", "y")):
            if x in values and "transform" not in values:
                points.append((float(values[x]), float(values[y])))
        if "points" in values:
            flat = [float(n) for n in NUMBER.findall(values["points"])]
            points += list(zip(flat[::2], flat[1::2]))
        for x, y in points:
            if not (-8 <= x <= width + 8 and -8 <= y <= height + 8):
                self.defects.append(f"{self.svg['id']}: <{tag}> at {x}, {y} lies outside")

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.check_attributes(tag, attributes)
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form", "img", "image", "use",
                   "foreignobject"):
            self.defects.append(f"<{tag}>")
        if tag == "svg":
            box = [float(n) for n in values["viewbox"].split()]
            name = values.get("aria-labelledby", "hidden").split()[0]
            self.svg = {"id": name, "size": box[2:], "count": {}, "lines": []}
            hidden = values.get("aria-hidden") == "true" or "legend" in str(self.open)
            if "aria-labelledby" not in values and not hidden:
                self.defects.append(f"a picture without a name: {values}")
        elif self.svg:
            self.svg["count"][tag] = self.svg["count"].get(tag, 0) + 1
            if tag == "rect" and self.svg["id"] == "hidden" and self.cell is not None:
                self.cell += f" {float(values['x']):.0f}+{float(values['width']):.0f}"
            if tag == "polyline":
                self.svg["lines"].append(" ".join(f"{float(n):.0f}" for n in NUMBER.findall(values["points"])))
        self.check_place(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("th", "td"):
            self.cell = ""
        elif tag == "tr":
            self.row = []
        elif tag == "section":
            self.outline.append(f"section {values['id']}")
        elif tag in ("h1", "h2", "h3", "summary", "dt", "dd"):
            self.cell = ""

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.defects.append(f"</{tag}> closes something else")
            return
        if tag == "svg":
            if self.svg["id"] != "hidden":
                counts = " ".join(f"{name}:{n}" for name, n in sorted(self.svg["count"].items()))
                self.outline.append(f"  svg {self.svg['id']} {counts}")
                self.outline += [f"    line {line}" for line in self.svg["lines"]]
            self.svg = None
        elif tag in ("th", "td"):
            if self.row is not None:
                self.row.append(" ".join(self.cell.split()))
            self.cell = None
        elif tag == "tr":
            self.outline.append("  | " + " | ".join(self.row))
            self.row = None
        elif tag in ("h1", "h2", "h3", "summary", "dt", "dd"):
            self.outline.append(f"  {tag} {self.cell}")
            self.cell = None

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            if re.search(r"url\(|@import|http", data):
                self.defects.append("the style refers to elsewhere")
            return
        self.texts.append(data)
        if self.cell is not None:
            self.cell += data

    @property
    def text(self):
        return "".join(self.texts)
