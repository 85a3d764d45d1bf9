"""Several of our processes under one parent: what starts together stops together. Linux only."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

STOPPING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WATCHED = STOPPING | {signal.SIGCHLD}
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def run_together(commands: Mapping[str, Sequence[str]], *, stop_within_s: float = 4.0) -> int:
    """Run the commands, {name: words}, side by side until told to stop or one of them ends; then stop all.

    Each command leads a session of its own, so that a terminal's Ctrl-C reaches the parent only, and dies with the
    parent, however that dies. Stopping asks with SIGTERM and, `stop_within_s` seconds later, ends whatever is left of
    each session's process group. Call it in the main thread, with no other threads.

    Returns 0 when told to stop, else 1, after saying on stderr which command ended.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, words in commands.items():
            running[name] = _start(words)
        while True:
            if signal.sigwait(WATCHED) in STOPPING:
                return 0
            ended = [name for name, process in running.items() if process.poll() is not None]
            if ended:
                _say_ended(ended, running)
                return 1
    finally:
        _stop(running.values(), stop_within_s)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(words: Sequence[str]) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def prepare() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        if os.getppid() != parent:  # it died before it could be watched
            os._exit(1)

    return subprocess.Popen(words, start_new_session=True, stdin=subprocess.DEVNULL, preexec_fn=prepare)  # noqa: S603


def _say_ended(ended: Sequence[str], running: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for name in ended:
        code = running[name].returncode
        print(f"schedtest: the {name} ended by itself ({code}); stopping the rest", file=sys.stderr)


def _stop(processes: Collection[subprocess.Popen[bytes]], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in processes:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
