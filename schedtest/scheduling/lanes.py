"""Where pieces of the search run: in this process, in processes of our own, or on an executor that was given."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from hashlib import sha256
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Event
from types import TracebackType
from typing import Any, Protocol

from .arrays import Arrays
from .differences import applied, difference, nothing_placed
from .incumbent import Incumbent
from .pieces import Breed, Found, Piece, Walk
from .workbench import Heard, Workbench, do_with, serve

RENEWED = 0.25
"""Share of the tasks that differ from the plan that is known elsewhere, above which the present one is made known."""

FAILED_STARTS = 3
"""Processes that end before they are awake, after which it is said that none can be started."""


class Lanes(Protocol):
    """`count` pieces run at the same time, each in a lane of its own."""

    count: int

    def wake(self) -> None:
        """Returns at once; again after `cancel`, lanes are there for more pieces."""

    def awake(self) -> bool: ...

    def submit(self, lane: int, piece: Piece, plan: Incumbent) -> Future[Found]: ...

    def cancel(self) -> None:
        """Ends the pieces under way soon, with what they have."""


class Here:
    """One lane: the piece is done when `submit` returns."""

    count = 1

    def __init__(self, arrays: Arrays, stopped: Callable[[], bool]) -> None:
        self._bench = Workbench(arrays, stopped)

    def wake(self) -> None:
        pass

    def awake(self) -> bool:
        return True

    def submit(self, lane: int, piece: Piece, plan: Incumbent) -> Future[Found]:
        future: Future[Found] = Future()
        future.set_result(self._bench.do(piece, plan))
        return future

    def cancel(self) -> None:
        pass


class WorkersFailed(RuntimeError):
    """No process for a lane can be started."""

    def __init__(self) -> None:
        super().__init__(
            "worker processes end as soon as they are started: a script that plans with several workers does so "
            'beneath `if __name__ == "__main__":`, as each of them imports the script; or memory is short'
        )


class Processes(AbstractContextManager["Processes"]):
    """A process for each lane, which holds the problem and the lane's walk; only what differs between plans travels.

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
        self._problem = pickle.dumps(arrays)  # at once: what is worked out later of a problem is kept in it
        self._lanes: list[_Process] = []
        self._failures = 0
        self._has_woken = False

    def wake(self) -> None:
        self._stopped.clear()
        if not self._lanes:
            self._lanes = [self._started() for _ in range(self.count)]

    def _started(self) -> _Process:
        return _Process(self._context, self._arrays, self._problem, self._stopped)

    def awake(self) -> bool:
        """Raises what went wrong with a process, unless it is only gone: then its lane gets a new one."""
        if not self._lanes or not all(lane.waking.done() for lane in self._lanes):
            return False
        for lane in self._lanes:
            error = lane.waking.exception()
            if error is not None and not isinstance(error, BrokenExecutor):
                raise error
        return True

    def submit(self, lane: int, piece: Piece, plan: Incumbent) -> Future[Found]:
        """A process that was killed takes its piece with it, not the search: the lane gets a new one.

        Raises WorkersFailed if so far none was ever there for a piece."""
        if self._lanes[lane].is_gone:
            self._note_end(self._lanes[lane])
            self._lanes[lane].end()
            self._lanes[lane] = self._started()
        return self._lanes[lane].submit(piece, plan)

    def _note_end(self, process: _Process) -> None:
        self._has_woken |= process.waking.exception() is None
        self._failures += 1
        if self._failures >= FAILED_STARTS and not self._has_woken:
            raise WorkersFailed

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

    def __init__(self, context: ForkServerContext, arrays: Arrays, problem: bytes, stopped: Event) -> None:
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, stopped), daemon=True)
        self._process.start()
        theirs.close()
        self._arrays = arrays
        self._known = nothing_placed(arrays)
        self.is_gone = False
        self._talk = ThreadPoolExecutor(1)
        self.waking = self._talk.submit(self._ask, problem)

    def submit(self, piece: Piece, plan: Incumbent) -> Future[Found]:
        return self._talk.submit(self._do, piece, plan)

    def _do(self, piece: Piece, plan: Incumbent) -> Found:
        change, self._known = difference(self._known, plan), plan
        change, outcome = self._ask(pickle.dumps((piece, change)))
        self._known = applied(self._arrays, plan, change)
        return Found(self._known, outcome)

    def _ask(self, pickled: bytes) -> Any:
        """Raises BrokenExecutor when the process is gone, and what the piece raised there."""
        try:
            self._ours.send_bytes(pickled)
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

    Nobody knows which thread will do a piece: each goes on with a walk of its own, whichever lane asks for one. Known
    to all is the problem, and one plan, made anew when too much differs from it.
    """

    def __init__(self, arrays: Arrays, executor: Executor, count: int) -> None:
        self.count = count
        self._arrays = arrays
        self._key = sha256(pickle.dumps(arrays.problem)).hexdigest()
        self._executor = executor
        self._known = nothing_placed(arrays)

    def wake(self) -> None:
        pass

    def awake(self) -> bool:
        return True

    def submit(self, lane: int, piece: Piece, plan: Incumbent) -> Future[Found]:
        if isinstance(piece, Walk | Breed) and piece.number < self.count:
            piece = replace(piece, number=0)
        change = difference(self._known, plan)
        if len(change.tasks) > RENEWED * len(plan.start):
            self._known, change = plan, difference(plan, plan)
        heard = self._executor.submit(do_with, self._key, self._arrays.problem, self._known, (piece, change))
        found: Future[Found] = Future()
        heard.add_done_callback(lambda done: self._pass_on(done, plan, found))
        return found

    def _pass_on(self, done: Future[Heard], plan: Incumbent, found: Future[Found]) -> None:
        if done.cancelled():
            found.set_exception(BrokenExecutor("the executor has given up a piece"))
        elif (error := done.exception()) is not None:
            found.set_exception(error)
        else:
            change, outcome = done.result()
            found.set_result(Found(applied(self._arrays, plan, change), outcome))

    def cancel(self) -> None:
        pass


@contextmanager
def lanes_for(arrays: Arrays, workers: int, executor: Executor | None, stopped: Callable[[], bool]) -> Iterator[Lanes]:
    """Where pieces of a search with so many workers run."""
    if executor is not None:
        yield Elsewhere(arrays, executor, workers)
    elif workers == 1:
        yield Here(arrays, stopped)
    else:
        with Processes(arrays, workers) as processes:
            yield processes
