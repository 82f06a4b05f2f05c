"""A second processor for large kernels and matrix products, without a second result.

Large work is always cut into the same two halves, so that the bits do not depend on how many threads there are. The thread
that trains offers the halves in a *mailbox*; an assistant thread takes one if it happens to run, else the training thread
computes both. Nobody waits for a thread that the operating system has put to sleep before it took anything, which on a busy
machine is what makes ordinary fork-and-join threads stall for milliseconds.
"""

import contextlib
import os
import platform
import queue
import threading

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import intrinsic

from glassnet.engine.kernel import FIRST_HALF, SECOND_HALF, call, compiled, inline

# Places in a mailbox, a row of int64. Both threads write the first three, so each has a cache line (8 numbers) of its own.
STOP, CLAIM, DONE, ADDRESS, JOB, DEBT, ALONE, BACKOFF, RUN, MAILBOX_SIZE = 0, 8, 16, 24, 25, 37, 38, 39, 40, 56
JOB_SIZE = 12
"""Integers that describe what there is to compute; what they mean is a matter of who offers them and of who computes."""
PARTS = 2
PARALLEL = 1_000_000
"""Work of more multiply-adds is cut into two halves."""
_EMPTY_JOB = (0,) * JOB_SIZE
PATIENCE = 10_000
"""How often the training thread looks for the other half before it lets another thread run."""
GAIN, MOST_DEBT = 4_000, 100_000
"""A look (some 20 ns) is worth as many multiply-adds as GAIN; when the looks for which the training thread has waited in vain
exceed those that help was worth by MOST_DEBT, the machine is busy: the assistant has lost the processor amid a half. A few long
waits are no sign of that: when help begins, the assistant must first fetch from the other processor's cache what it works on."""
LEAST_ALONE, MOST_ALONE = 200_000_000, 5_000_000_000
"""Multiply-adds (some 2 and 50 ms) that the training thread then computes alone before it asks for help again: few at first, as
a machine that is quiet otherwise has its moments, too, and twice as many each time that help was of no use."""
IDLE = 16
"""The same for the assistant without work. It is short: on a busy machine the assistant then loses the processor while it has
nothing to do, and not amid a half for which the training thread would have to wait."""


def _element(context, builder, sig, args):
    array = context.make_array(sig.args[0])(context, builder, args[0])
    return builder.gep(array.data, [args[1]])


@intrinsic
def atomic_load(typingctx, array, index):
    """array[index], seen as other threads wrote it."""

    def codegen(context, builder, sig, args):
        return builder.load_atomic(_element(context, builder, sig, args), "acquire", 8)

    return types.int64(array, index), codegen


@intrinsic
def atomic_store(typingctx, array, index, value):
    """array[index] = value, after all that was written before."""

    def codegen(context, builder, sig, args):
        builder.store_atomic(args[2], _element(context, builder, sig, args), "release", 8)
        return context.get_dummy_value()

    return types.void(array, index, types.int64), codegen


@intrinsic
def atomic_add(typingctx, array, index, value):
    """array[index] += value in one piece."""

    def codegen(context, builder, sig, args):
        return builder.atomic_rmw("add", _element(context, builder, sig, args), args[2], "acq_rel")

    return types.int64(array, index, types.int64), codegen


@intrinsic
def atomic_swap(typingctx, array, index, expected, value):
    """Sets array[index] to value if it is `expected`; says whether it did."""

    def codegen(context, builder, sig, args):
        pair = builder.cmpxchg(_element(context, builder, sig, args), args[2], args[3], "acq_rel", "acquire")
        return builder.extract_value(pair, 1)

    return types.boolean(array, index, types.int64, types.int64), codegen


_ON_X86 = platform.machine() in ("x86_64", "AMD64")


@intrinsic
def pause(typingctx):
    """Tells the processor, where it wants to know, that this loop only waits."""

    def codegen(context, builder, sig, args):
        if _ON_X86:
            nothing = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, nothing, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), codegen


if os.name == "posix":
    _sched_yield = types.ExternalFunction("sched_yield", types.intc())

    @inline
    def let_others_run():
        """Gives the rest of this thread's time slice away."""
        _sched_yield()

else:

    @inline
    def let_others_run():
        """Goes on waiting: there is no call for it here."""
        pause()


def job_signature(dtype):
    """Of the functions that compute a half: (part, job, like) with an array `like` of the dtype."""
    return types.void(types.int64, types.UniTuple(types.int64, JOB_SIZE), numba.from_dtype(np.dtype(dtype))[::1])


@inline
def _take(mailbox, like):
    """Computes a half of the job in the mailbox, if one is left. Says whether there was one."""
    claim = atomic_load(mailbox, CLAIM)
    left = claim & 3
    if left == 0:
        return False
    # The job is read before the claim succeeds: if another thread is quicker, what was read here is thrown away.
    job = _EMPTY_JOB
    for i in range(JOB_SIZE):
        job = tuple_setitem(job, i, mailbox[0, JOB + i])
    if atomic_swap(mailbox, CLAIM, claim, claim - 1):
        call(mailbox[0, ADDRESS], (SECOND_HALF if left == 1 else FIRST_HALF, job, like))
        atomic_add(mailbox, DONE, 1)
    return True


@inline
def share(mailbox, compute, like, job, work):
    """Has both halves of a job computed, one of them by an assistant if it looks into the mailbox.

    Arguments:
        mailbox: (1, MAILBOX_SIZE).
        compute: Address of a function (part, job, like) that computes a half of the job.
        like: Array of the network's dtype.
        job: JOB_SIZE integers.
        work: Multiply-adds of the whole.
    """
    if mailbox[0, ALONE] > 0:
        mailbox[0, ALONE] -= work
        call(compute, (FIRST_HALF, job, like))
        call(compute, (SECOND_HALF, job, like))
        return
    mailbox[0, ADDRESS] = compute
    for i in range(JOB_SIZE):
        mailbox[0, JOB + i] = job[i]
    atomic_store(mailbox, DONE, 0)
    atomic_store(mailbox, CLAIM, ((atomic_load(mailbox, CLAIM) >> 2) + 1 << 2) + PARTS)
    while _take(mailbox, like):
        pass
    spins = 0
    while atomic_load(mailbox, DONE) < PARTS:
        spins += 1
        if spins % PATIENCE == 0:
            let_others_run()
        pause()
    mailbox[0, DEBT] = max(mailbox[0, DEBT] - work // GAIN, 0) + spins
    if mailbox[0, DEBT] > MOST_DEBT:
        mailbox[0, DEBT] = 0
        mailbox[0, BACKOFF] = min(max(2 * mailbox[0, BACKOFF], LEAST_ALONE), MOST_ALONE)
        mailbox[0, ALONE] = mailbox[0, BACKOFF]
    else:
        mailbox[0, BACKOFF] = max(mailbox[0, BACKOFF] - work, 0)


def _serve(mailbox, kind):
    """Takes halves out of the mailbox until it says STOP. `kind` is an empty array of the network's dtype."""
    spins = 0
    while atomic_load(mailbox, STOP) == 0:
        if _take(mailbox, kind):
            spins = 0
        else:
            spins += 1
            if spins % IDLE == 0:
                let_others_run()
            pause()


serve = compiled(_serve)


def prepare(dtype):
    """Compiles what the assistant runs, before it is wanted."""
    serve.compile((types.int64[:, ::1], numba.from_dtype(np.dtype(dtype))[::1]))


class Assistant:
    """A thread that helps whoever asks first; everybody else computes alone, with the same result."""

    def __init__(self):
        self._mailboxes = queue.SimpleQueue()
        self._free = threading.Semaphore(1)
        self._thread = None

    def _work(self):
        while True:
            mailbox, kind = self._mailboxes.get()
            serve(mailbox, kind)
            self._free.release()

    @contextlib.contextmanager
    def helping(self, mailbox, dtype):
        """Context in which the assistant, if it is free, takes halves from `mailbox`."""
        # It may still be on its way back from the last chunk; a millisecond is enough for that.
        if os.cpu_count() == 1 or not self._free.acquire(timeout=0.001):
            yield
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="glassnet assistant", daemon=True)
            self._thread.start()
        mailbox[0, STOP] = 0
        self._mailboxes.put((mailbox, np.empty(0, dtype)))
        try:
            yield
        finally:
            mailbox[0, STOP] = 1


assistant = Assistant()
