"""Which tasks must be inserted together, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from .problem import Problem


def needed(problem: Problem) -> list[bool]:
    """By task: whether it may not be left out, being mandatory, fixed, or needed by such a one."""
    number = {task.id: index for index, task in enumerate(problem.tasks)}
    needs: list[list[int]] = [[] for _ in problem.tasks]
    for precedence in problem.precedences:
        before, after = number[precedence.before], number[precedence.after]
        needs[after].append(before)
        if precedence.together:
            needs[before].append(after)
    marked = [task.mandatory or task.fixed is not None for task in problem.tasks]
    pending = [task for task, is_needed in enumerate(marked) if is_needed]
    while pending:
        for other in needs[pending.pop()]:
            if not marked[other]:
                marked[other] = True
                pending.append(other)
    return marked


def clusters(problem: Problem, is_needed: Sequence[bool]) -> list[list[int]]:
    """Tasks that stand or fall together, and needed tasks bound by a max_lag: each cluster in the order of insertion.

    Every cluster comes after those that it needs.
    """
    number = {task.id: index for index, task in enumerate(problem.tasks)}
    needs: list[list[int]] = [[] for _ in problem.tasks]
    arcs: list[tuple[int, int, int]] = []
    for precedence in problem.precedences:
        before, after = number[precedence.before], number[precedence.after]
        needs[after].append(before)
        bound = precedence.max_lag is not None and is_needed[before] and is_needed[after]
        if precedence.together or bound:
            needs[before].append(after)
        arcs.append((before, after, precedence.min_lag))
    shortest = [min(mode.duration for mode in task.modes) for task in problem.tasks]
    found = strongly_connected(needs)
    home = {task: index for index, cluster in enumerate(found) for task in cluster}
    inner: list[list[tuple[int, int, int]]] = [[] for _ in found]
    for before, after, lag in arcs:
        if home[before] == home[after]:
            inner[home[before]].append((before, after, lag))
    return [_ordered(cluster, inner[index], shortest) for index, cluster in enumerate(found)]


def _ordered(cluster: list[int], arcs: list[tuple[int, int, int]], shortest: Sequence[int]) -> list[int]:
    """By the longest path from the start; ties by number."""
    earliest = dict.fromkeys(cluster, 0)
    for _ in cluster:
        changed = False
        for before, after, lag in arcs:
            bound = earliest[before] + shortest[before] + lag
            if bound > earliest[after]:
                earliest[after] = bound
                changed = True
        if not changed:
            break
    return sorted(cluster, key=lambda task: (earliest[task], task))


def strongly_connected(successors: Sequence[Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, each after those it leads to (Tarjan 1972, SIAM J. Comput. 1(2), 146-160)."""
    index = [-1] * len(successors)
    low = [0] * len(successors)
    on_stack = [False] * len(successors)
    stack: list[int] = []
    components: list[list[int]] = []
    count = 0
    for root in range(len(successors)):
        if index[root] >= 0:
            continue
        work = [(root, 0)]
        while work:
            node, position = work.pop()
            if position == 0:
                index[node] = low[node] = count
                count += 1
                stack.append(node)
                on_stack[node] = True
            else:
                low[node] = min(low[node], low[successors[node][position - 1]])
            for place in range(position, len(successors[node])):
                other = successors[node][place]
                if index[other] < 0:
                    work += [(node, place + 1), (other, 0)]
                    break
                if on_stack[other]:
                    low[node] = min(low[node], index[other])
            else:
                if low[node] == index[node]:
                    component: list[int] = []
                    while not component or component[-1] != node:
                        component.append(stack.pop())
                        on_stack[component[-1]] = False
                    components.append(sorted(component))
    return components
