"""Cycles of precedences that can never be met."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

Arc = tuple[str, str, int]
"""(before, after, length): the least time from the start of one to the start of the other."""


def impossible_cycles(arcs: Sequence[Arc]) -> Iterator[list[str]]:
    """A cycle whose lengths add up to more than 0, for each strongly connected component that has one."""
    arcs = _without_beginnings(arcs)
    component = _components(arcs)
    within: dict[int, list[Arc]] = defaultdict(list)
    for arc in arcs:
        if component[arc[0]] == component[arc[1]]:
            within[component[arc[0]]].append(arc)
    for inner in within.values():
        cycle = _growing_cycle(inner)
        if cycle:
            yield cycle


def _without_beginnings(arcs: Sequence[Arc]) -> Sequence[Arc]:
    """Without those that have no part in a cycle, as nothing leads to where they begin: all of most problems' arcs."""
    arriving = Counter(after for _, after, _ in arcs)
    leaving: dict[str, list[str]] = defaultdict(list)
    for before, after, _ in arcs:
        leaving[before].append(after)
    beginnings = [node for node in leaving if node not in arriving]
    for node in beginnings:
        for after in leaving.pop(node, ()):
            arriving[after] -= 1
            if not arriving[after]:
                beginnings.append(after)
    return [arc for arc in arcs if arc[0] in leaving]


def _components(arcs: Sequence[Arc]) -> dict[str, int]:
    """The strongly connected component of each node. Source: Kosaraju and Sharir (1981), two searches in depth."""
    forth: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for before, after, _ in arcs:
        for node in (before, after):
            forth.setdefault(node, [])
            back.setdefault(node, [])
        forth[before].append(after)
        back[after].append(before)
    finished = [node for tree in _depth_first(forth, forth) for node in tree]
    trees = _depth_first(back, reversed(finished))
    return {node: number for number, tree in enumerate(trees) for node in tree}


def _depth_first(graph: Mapping[str, list[str]], roots: Iterable[str]) -> Iterator[list[str]]:
    """The nodes newly reached from each root, in the order in which the search leaves them."""
    seen: set[str] = set()
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        left: list[str] = []
        path = [(root, iter(graph[root]))]
        while path:
            node, ahead = path[-1]
            found = next((other for other in ahead if other not in seen), None)
            if found is None:
                left.append(node)
                path.pop()
            else:
                seen.add(found)
                path.append((found, iter(graph[found])))
        yield left


def _growing_cycle(arcs: list[Arc]) -> list[str] | None:
    """Longest paths by Bellman and Ford; a cycle among the parents is one that never stops growing."""
    distance = {node: 0 for before, after, _ in arcs for node in (before, after)}
    parent: dict[str, str] = {}
    while True:
        changed = False
        for before, after, length in arcs:
            if distance[before] + length > distance[after]:
                distance[after] = distance[before] + length
                parent[after] = before
                changed = True
        if not changed:
            return None
        cycle = _cycle_among(parent)
        if cycle:
            return cycle
        arcs = arcs[::-1]


def _cycle_among(parent: Mapping[str, str]) -> list[str] | None:
    walked: dict[str, str] = {}
    for first in parent:
        node = first
        while node in parent and node not in walked:
            walked[node] = first
            node = parent[node]
        if walked.get(node) == first:
            cycle = [node]
            while parent[cycle[-1]] != node:
                cycle.append(parent[cycle[-1]])
            return cycle[::-1]
    return None
