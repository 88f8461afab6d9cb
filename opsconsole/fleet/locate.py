"""Where a key stands in a file: `("aurora", "orders", "instances", 2, "class")` is at line 23, column 51.

Values come from tomllib, which keeps no positions, so a file with problems is parsed once more, by tree-sitter. Only
the branches that are asked for are walked. Importing tree-sitter takes time, and only a file with problems pays it.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from .findings import Path

if TYPE_CHECKING:
    from tree_sitter import Node

Position: TypeAlias = tuple[int, int]
"""Line and column in characters, from 1."""


class Locator:
    """The positions of some paths in a text that tomllib has accepted."""

    def __init__(self, text: str, paths: Iterable[Path]) -> None:
        self._data = text.encode("utf-8", "surrogatepass")
        self._lines = [0, *(newline.end() for newline in re.finditer(rb"\n", self._data))]
        self._keys: dict[Path, int] = {}
        self._values: dict[Path, int] = {}
        self._wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
        self._walk()

    def key(self, path: Path) -> Position:
        """Where a key is written; where the table around it is, if it is not in the file."""
        return self._place(path, self._keys)

    def value(self, path: Path) -> Position:
        """Where the value of a key begins; where the table around it is, if it is not in the file."""
        return self._place(path, self._values)

    def _place(self, path: Path, found: dict[Path, int]) -> Position:
        for length in range(len(path), 0, -1):
            prefix = path[:length]
            offset = found.get(prefix, self._keys.get(prefix, self._values.get(prefix)))
            if offset is not None:
                line = bisect_right(self._lines, offset)
                before = self._data[self._lines[line - 1] : offset]
                return line, len(before.decode(errors="replace")) + 1
        return 1, 1

    def _walk(self) -> None:
        import tree_sitter_toml
        from tree_sitter import Language, Parser

        tree = Parser(Language(tree_sitter_toml.language())).parse(self._data)
        counts: dict[Path, int] = {}
        for node in tree.root_node.children:
            match node.type:
                case "pair":
                    self._pair(node, ())
                case "table" | "table_array_element":
                    self._table(node, counts)
                case _:
                    pass

    def _table(self, node: Node, counts: dict[Path, int]) -> None:
        """A table under its own heading. `counts` tells how many elements each array of tables has so far."""
        path: Path = ()
        parts = list(_parts(node.named_children[0])) if node.named_children else []
        for number, (name, offset) in enumerate(parts, 1):
            path = (*path, name)
            if path not in self._wanted and path not in counts and number < len(parts):
                return
            self._note(path, key=offset, value=offset)
            if number == len(parts) and node.type == "table_array_element":
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path = (*path, counts[path] - 1)
                self._note(path, key=node.start_byte, value=node.start_byte)
        if path in self._wanted:
            for child in node.children:
                if child.type == "pair":
                    self._pair(child, path)

    def _pair(self, node: Node, path: Path) -> None:
        key, *_, value = (child for child in node.children if child.type != "comment")
        for name, offset in _parts(key):
            path = (*path, name)
            self._note(path, key=offset, value=value.start_byte)
        self._value(value, path)

    def _value(self, node: Node, path: Path) -> None:
        if path not in self._wanted:
            return
        match node.type:
            case "inline_table":
                for child in node.children:
                    if child.type == "pair":
                        self._pair(child, path)
            case "array":
                elements = (child for child in node.named_children if child.type != "comment")
                for index, child in enumerate(elements):
                    inner: Path = (*path, index)
                    if inner in self._wanted:
                        self._note(inner, key=child.start_byte, value=child.start_byte)
                        self._value(child, inner)
            case _:
                pass

    def _note(self, path: Path, key: int, value: int) -> None:
        if path in self._wanted:
            self._keys.setdefault(path, key)
            self._values.setdefault(path, value)


def _parts(node: Node) -> Iterator[tuple[str, int]]:
    """The names of a key, dotted or not, and where each begins."""
    stack = [node]
    while stack:
        part = stack.pop()
        if part.type == "dotted_key":
            stack.extend(reversed(part.named_children))
        elif part.text is not None:
            yield _name(part.type, part.text.decode(errors="replace")), part.start_byte


def _name(kind: str, text: str) -> str:
    if kind != "quoted_key":
        return text
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except tomllib.TOMLDecodeError:
        return text
