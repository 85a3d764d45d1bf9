"""The processes of a Dask cluster as an executor of the search, so that a run may use many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Thread
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
    with client, Cluster(client) as cluster:
        if not cluster.threads:
            raise NoCluster(f"{address}: the Dask scheduler has no workers")
        yield cluster


class Cluster(Executor):
    """What is submitted runs on any worker. A problem or a plan among the arguments travels to each worker once; the
    last of each kind is kept.

    A piece whose worker dies is done again by another; one that is lost for good ends with BrokenExecutor. Nobody waits
    for what travels: a machine that is cut off holds it up for as long as the connection takes to be given up.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._sent: dict[type, tuple[object, Any]] = {}
        self._asked: SimpleQueue[tuple[Future[Any], Callable[[], Future[Any]]] | None] = SimpleQueue()
        Thread(target=self._send_all, daemon=True).start()

    @property
    def threads(self) -> int:
        return sum(self._client.nthreads().values())

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()

        def send() -> Future[T]:
            return self._executor.submit(function, *(self._handed(argument) for argument in arguments), **named)

        self._asked.put((outer, send))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._asked.put(None)

    def _send_all(self) -> None:
        while (asked := self._asked.get()) is not None:
            outer, send = asked
            try:
                inner = send()
            except Exception as error:
                self._fail(outer, error)
            else:
                inner.add_done_callback(partial(self._pass_on, outer))

    def _pass_on(self, outer: Future[T], done: Future[T]) -> None:
        try:
            outer.set_result(done.result())
        except Exception as error:
            self._fail(outer, error)

    def _fail(self, outer: Future[T], error: Exception) -> None:
        """What was sent may be gone with the workers that had it: the next piece brings it anew."""
        from distributed.scheduler import KilledWorker

        is_lost = isinstance(error, CancelledError | KilledWorker | OSError)
        if is_lost or self._client.status != "running":
            self._sent = {}
            error = BrokenExecutor(f"the cluster has lost a piece: {error}")
        outer.set_exception(error)

    def _handed(self, argument: Any) -> Any:
        kind = type(argument)
        if kind not in (Problem, Incumbent):
            return argument
        kept = self._sent.get(kind)
        if kept is None or kept[0] is not argument:
            kept = argument, self._client.scatter(argument, broadcast=True, hash=False)
            self._sent[kind] = kept
        return kept[1]
