"""Where pieces of the search run: in this process, in processes of our own, or on an executor that was given."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from hashlib import sha256
from types import TracebackType
from typing import Protocol

from .arrays import Arrays
from .pieces import Bench, Outcome, Piece, do, do_with, heed, hold


class Lanes(Protocol):
    """`count` pieces run at the same time, each in a lane of its own."""

    count: int

    def submit(self, lane: int, piece: Piece) -> Future[Outcome]: ...

    def cancel(self) -> None:
        """Ends the pieces under way soon, with what they have."""


class Here:
    """One lane: the piece is done when `submit` returns."""

    count = 1

    def __init__(self, arrays: Arrays, stopped: Callable[[], bool]) -> None:
        self._bench = Bench(arrays, stopped)

    def submit(self, lane: int, piece: Piece) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_result(self._bench.do(piece))
        return future

    def cancel(self) -> None:
        pass


class Processes(AbstractContextManager["Processes"]):
    """A process for each lane, which holds the problem and the lane's walk; only plans travel.

    Starting one takes seconds, of which this process shall wait for none: nothing is imported for all beforehand, and
    the problem comes as the first piece of work, as what a process is started with must fit into a pipe.
    """

    def __init__(self, arrays: Arrays, count: int) -> None:
        self.count = count
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([])
        self._stopped = self._context.Event()
        self._arrays = arrays
        self._pools: list[ProcessPoolExecutor] = []
        self._waking: list[Future[None]] = []
        for _ in range(count):
            pool, waking = self._started()
            self._pools.append(pool)
            self._waking.append(waking)

    def _started(self) -> tuple[ProcessPoolExecutor, Future[None]]:
        pool = ProcessPoolExecutor(1, mp_context=self._context, initializer=heed, initargs=(self._stopped,))
        return pool, pool.submit(hold, self._arrays.problem)

    def awake(self) -> bool:
        return all(future.done() for future in self._waking)

    def submit(self, lane: int, piece: Piece) -> Future[Outcome]:
        """A process that was killed takes its piece with it, not the search: the lane gets a new one."""
        try:
            return self._pools[lane].submit(do, piece)
        except BrokenProcessPool:
            self._pools[lane].shutdown(wait=False)
            self._pools[lane], _ = self._started()
            return self._pools[lane].submit(do, piece)

    def cancel(self) -> None:
        self._stopped.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for pool in self._pools:
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:  # one that is still starting would not find our event any more, and say so
                process.kill()


class Elsewhere:
    """An executor that was given. Its pieces cannot be stopped from here, so they are short."""

    def __init__(self, arrays: Arrays, executor: Executor, count: int) -> None:
        self.count = count
        self._problem = arrays.problem
        self._key = sha256(pickle.dumps(arrays.problem)).hexdigest()
        self._executor = executor

    def submit(self, lane: int, piece: Piece) -> Future[Outcome]:
        return self._executor.submit(do_with, self._key, self._problem, piece)

    def cancel(self) -> None:
        pass
