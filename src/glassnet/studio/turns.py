"""Trainings take turns on the processors, so that however many there are, pages answer at once."""

import os
import sys
import threading
import time
from collections import deque

SLICE = 0.02
"""Seconds after which a training lets the next one on, if one waits."""
NICENESS = 5
"""Of threads that work for long."""


def give_way():
    """Has the server and the browser come first where they want a processor at the same moment as this thread."""
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Turns:
    """So many may work at once; the others wait in the order in which they came.

    Arguments:
        places: How many; one processor is left to the server, where there are several.

    >>> turns = Turns(1)
    >>> turns.take(); turns.give()
    True
    """

    def __init__(self, places=None):
        self._free = max(1, (os.cpu_count() or 1) - 1) if places is None else places
        self._changed, self._waiting = threading.Condition(), deque()
        self._since = threading.local()

    def take(self, wanted=lambda: True):
        """Waits for a place, unless this thread has one and may keep it.

        Arguments:
            wanted: Whether a place is still wanted: who waits goes away when it is not; see `ask_again`.

        Returns: Whether this thread has a place.
        """
        since = getattr(self._since, "time", None)
        if since is not None:
            if not self._waiting or time.perf_counter() - since < SLICE:
                return True
            self.give()
        with self._changed:
            ticket = object()
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: not wanted() or (self._free and self._waiting[0] is ticket))
            taken = wanted() and self._free > 0 and self._waiting[0] is ticket
            self._waiting.remove(ticket)
            self._free -= taken
            self._changed.notify_all()
        self._since.time = time.perf_counter() if taken else None
        return taken

    def ask_again(self):
        """Something has changed: those who wait may not want a place any more."""
        with self._changed:
            self._changed.notify_all()

    def give(self):
        """Gives this thread's place back, if it has one."""
        if getattr(self._since, "time", None) is not None:
            self._since.time = None
            with self._changed:
                self._free += 1
                self._changed.notify_all()


TURNS = Turns()
"""Those of all trainings in this process."""
