"""The processes of a Dask cluster as an executor of the search, so that a run may use many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from schedtest.scheduling.incumbent import Incumbent
from schedtest.scheduling.problem import Problem

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

CONNECT_SECONDS = 10.0


class NoCluster(Exception):
    """Nobody answers at the address, no worker is there, or the libraries are missing; the message says which."""


@contextmanager
def cluster_at(address: str) -> Iterator[Cluster]:
    """Connected for as long as the block lasts. Raises NoCluster."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise NoCluster("planning on a cluster needs the extra: pip install schedtest[dask]") from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NoCluster(f"{address}: no Dask scheduler answers there ({error})") from error
    with client:
        cluster = Cluster(client)
        if not cluster.threads:
            raise NoCluster(f"{address}: the Dask scheduler has no workers")
        yield cluster


class Cluster(Executor):
    """What is submitted runs on any worker. A problem or a plan among the arguments travels to each worker once; the
    last of each kind is kept.

    A piece whose worker dies is done again by another; one that is lost for good ends with BrokenExecutor.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._sent: dict[type, tuple[object, Any]] = {}

    @property
    def threads(self) -> int:
        return sum(self._client.nthreads().values())

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        inner = self._executor.submit(function, *(self._handed(argument) for argument in arguments), **named)
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        inner.add_done_callback(lambda done: _pass_on(done, outer))
        return outer

    def _handed(self, argument: Any) -> Any:
        kind = type(argument)
        if kind not in (Problem, Incumbent):
            return argument
        kept = self._sent.get(kind)
        if kept is None or kept[0] is not argument:
            kept = argument, self._client.scatter(argument, broadcast=True, hash=False)
            self._sent[kind] = kept
        return kept[1]


def _pass_on(done: Future[T], outer: Future[T]) -> None:
    from distributed.scheduler import KilledWorker

    try:
        outer.set_result(done.result())
    except (CancelledError, KilledWorker, OSError) as error:
        outer.set_exception(BrokenExecutor(f"the cluster has lost a piece: {error}"))
    except Exception as error:
        outer.set_exception(error)
