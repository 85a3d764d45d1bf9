"""A cluster whose scheduler and workers each have a host of their own: network namespaces of this machine, joined by a
bridge. They share its cores, not its network. Needs Linux, root and iproute2.

python -m benchmarks.hosts PROBLEM [SECONDS]      runs during which a host is cut off; 30 s each unless given
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer

from benchmarks.instances import read_instance
from schedtest.cluster import cluster_at
from schedtest.scheduling.check import check
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Seconds, Stopwatch

BRIDGE, NETWORK = "schedtest", "10.83.7"
"""This machine is the network's first address, the scheduler's host its second."""

SCHEDULER = f"tcp://{NETWORK}.2:8786"

STARTING_SECONDS = 30.0
"""For the scheduler and the workers."""

CUT_AFTER = 0.3
"""Share of the time after which a host is cut off."""

SEED = 1


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)  # noqa: S603, S607


def host(number: int) -> str:
    return f"{BRIDGE}-{number}"


@contextmanager
def network(hosts: int) -> Iterator[None]:
    """Hosts 2 to `hosts` + 1, each with an address that ends in its number."""
    with ExitStack() as made:
        ip("link", "add", BRIDGE, "type", "bridge")
        made.callback(ip, "link", "delete", BRIDGE)
        ip("address", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number in range(2, hosts + 2):
            name = host(number)
            ip("netns", "add", name)
            made.callback(ip, "netns", "delete", name)
            ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            made.callback(ip, "link", "delete", name)  # else it stays while something refers to the namespace
            ip("link", "set", name, "master", BRIDGE, "up")
            ip("-n", name, "address", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield


def dask(number: int, *arguments: str) -> subprocess.Popen[bytes]:
    command = ["ip", "netns", "exec", host(number), sys.executable, "-m", "dask", *arguments]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def workers_on_hosts(count: int) -> Iterator[Executor]:
    """One worker of one thread on each of so many hosts, the scheduler on another."""
    from distributed import Client

    with network(count + 1):
        address = f"{NETWORK}.2"
        running = [dask(2, "scheduler", "--host", address, "--port", "8786", "--no-dashboard", "--no-show")]
        for number in range(3, count + 3):
            of_host = "--host", f"{NETWORK}.{number}"
            running.append(
                dask(number, "worker", SCHEDULER, "--nthreads", "1", "--no-nanny", "--no-dashboard", *of_host)
            )
        try:
            with Client(SCHEDULER, timeout=STARTING_SECONDS, set_as_default=False) as client:
                client.wait_for_workers(count, timeout=STARTING_SECONDS)
            with cluster_at(SCHEDULER) as executor:
                yield executor
        finally:
            for process in running:
                process.kill()
                process.wait()


def run_with_cut(problem: Problem, seconds: float, number: int) -> str:
    """What becomes of a run on two hosts when a host's link is taken down."""
    with workers_on_hosts(2) as executor:
        watch = Stopwatch()
        Timer(CUT_AFTER * seconds, ip, ("link", "set", host(number), "down")).start()
        solution = solve(problem, stop=Seconds(seconds), workers=2, seed=SEED, executor=executor)
        took = watch.seconds()
    assert check(problem, solution) == []
    assert solution.objective is not None
    return f"over after {took:.1f} s, total {solution.objective.total:,}"


def main() -> None:
    problem = read_instance(Path(sys.argv[1]))
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    print(f"a worker's host cut off: {run_with_cut(problem, seconds, 3)}", flush=True)
    print(f"the scheduler's host cut off: {run_with_cut(problem, seconds, 2)}", flush=True)


if __name__ == "__main__":
    main()
