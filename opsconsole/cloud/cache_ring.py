"""Where a Memcached client finds a key: a ring of hashes on which every node has 160 points (ketama).

A key belongs to the first point at or after its hash, so a node that comes or goes takes its own share of the keys and
moves no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from opsconsole import catalog

RING = 2**32
PER_DIGEST = 4  # points that one MD5 digest gives


@cache
def points(node: str) -> tuple[int, ...]:
    """The points of a node on the ring, as libketama takes them from the MD5 digests of `name-0`, `name-1`, ..."""
    digests = round(catalog.assumption("cache-hash-ring-points").value) // PER_DIGEST
    found: list[int] = []
    for number in range(digests):
        digest = hashlib.md5(f"{node}-{number}".encode(), usedforsecurity=False).digest()
        found += [int.from_bytes(digest[at : at + 4], "little") for at in range(0, 4 * PER_DIGEST, 4)]
    return tuple(found)


def ring(nodes: Iterable[str]) -> list[tuple[int, str]]:
    """Every point with its node, in order; where two nodes share one, the first by name has it."""
    taken: dict[int, str] = {}
    for node in sorted(nodes):
        for point in points(node):
            taken.setdefault(point, node)
    return sorted(taken.items())


def shares(nodes: Iterable[str]) -> dict[str, int]:
    """Each node's part of all keys, out of 2**32, exactly."""
    names = sorted(nodes)
    found = dict.fromkeys(names, 0)
    laid = ring(names)
    before = laid[-1][0] - RING if laid else 0
    for point, node in laid:
        found[node] += point - before
        before = point
    return found


def node_of(key: str, nodes: Iterable[str]) -> str:
    """The node that a client asks for a key. Raises ValueError if there is none."""
    laid = ring(nodes)
    if not laid:
        raise ValueError("there is no node to ask")
    hashed = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest()[:4], "little")
    return next((node for point, node in laid if point >= hashed), laid[0][1])
