"""Where pieces of the search run: in this process, in processes of our own, or on an executor that was given."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from hashlib import sha256
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Event
from types import TracebackType
from typing import Any, Protocol

from .arrays import Arrays
from .pieces import Bench, Breed, Outcome, Piece, Walk, do_with, serve


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
    the problem follows when the process asks for it, as what it is started with must fit into a pipe. It comes as
    arrays: to send them takes a fraction of the time to make them.
    """

    def __init__(self, arrays: Arrays, count: int) -> None:
        self.count = count
        self._arrays = arrays
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([])
        self._stopped = self._context.Event()
        self._lanes = [self._started() for _ in range(count)]

    def _started(self) -> _Process:
        return _Process(self._context, self._arrays, self._stopped)

    def awake(self) -> bool:
        return all(lane.waking.done() for lane in self._lanes)

    def submit(self, lane: int, piece: Piece) -> Future[Outcome]:
        """A process that was killed takes its piece with it, not the search: the lane gets a new one."""
        if self._lanes[lane].is_gone:
            self._lanes[lane].end()
            self._lanes[lane] = self._started()
        return self._lanes[lane].submit(piece)

    def cancel(self) -> None:
        self._stopped.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for lane in self._lanes:
            lane.end()


class _Process:
    """A process and a thread that talks to it. ProcessPoolExecutor would not do: when its process dies before it has
    read all that was meant for it, the pool waits for ever (mended in Python 3.12)."""

    def __init__(self, context: ForkServerContext, arrays: Arrays, stopped: Event) -> None:
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, stopped), daemon=True)
        self._process.start()
        theirs.close()
        self.is_gone = False
        self._talk = ThreadPoolExecutor(1)
        self.waking = self._talk.submit(self._ask, arrays)

    def submit(self, piece: Piece) -> Future[Outcome]:
        return self._talk.submit(self._ask, piece)

    def _ask(self, what: Arrays | Piece) -> Any:
        """Raises BrokenExecutor when the process is gone, and what the piece raised there."""
        try:
            self._ours.send(what)
            answer = self._ours.recv()
        except (EOFError, OSError) as error:
            self.is_gone = True
            raise BrokenExecutor("the process of a lane is gone") from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        self._process.kill()
        self._talk.shutdown(cancel_futures=True)
        self._process.join()
        self._ours.close()


class Elsewhere:
    """An executor that was given. Its pieces cannot be stopped from here, so they are short.

    Nobody knows which thread will do a piece: each goes on with a walk of its own, whichever lane asks for one.
    """

    def __init__(self, arrays: Arrays, executor: Executor, count: int) -> None:
        self.count = count
        self._problem = arrays.problem
        self._key = sha256(pickle.dumps(arrays.problem)).hexdigest()
        self._executor = executor

    def submit(self, lane: int, piece: Piece) -> Future[Outcome]:
        if isinstance(piece, Walk | Breed) and piece.number < self.count:
            piece = replace(piece, number=0)
        return self._executor.submit(do_with, self._key, self._problem, piece)

    def cancel(self) -> None:
        pass
