"""Makes pygal's SVG ours: no styles, scripts, links or comments, and a text in place of the picture. Pure."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element


def tidied(root: Element, text: str, on_series: Callable[[Element, int], None]) -> Element:
    """``text``: what the picture shows, in words. ``on_series``: called with each series and its number,
    before what pygal notes beside its shapes is taken out.
    """
    for child in list(root):
        if child.tag not in ("g", "rect"):  # comments have a function for a tag
            root.remove(child)
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", text)
    for group in list(root.iter("g")):
        for child in list(group):
            if child.get("class") == "tooltip":  # empty: for a script that we do not have
                group.remove(child)
        classes = group.get("class", "").split()
        if "guides" in classes:
            for title in group.findall("title"):
                group.remove(title)
        if "series" in classes:
            on_series(group, next(int(c[6:]) for c in classes if c.startswith("serie-")))
    for element in root.iter():
        for child in element.findall("desc"):
            element.remove(child)
    return root
