"""The training loop, compiled: a chunk of steps without Python and without the interpreter's lock."""

import numpy as np

from glassnet.engine.kernel import (
    BATCH,
    EXAMPLES,
    FIRST,
    FIRST_HALF,
    HALF,
    ITERATION,
    LEARNING_RATE,
    MAILBOX,
    PART,
    RUN_SIZE,
    STEP,
    WHOLE,
    call,
    compiled,
    inline,
    matrix_at,
    part_for_kernels,
)
from glassnet.engine.memory import address_of, for_kernels, memory_at
from glassnet.engine.parallel import MAILBOX_SIZE, PARALLEL, RUN, share

# Columns of the list of calls: address of a kernel, begin and end of its row in the table, work for each example.
KERNEL, BEGIN, END, WORK, CALL_SIZE = range(5)


def _compute_half(part, job, like):
    """The call of a kernel that is called in halves, for one of them; `job` is what `_make_halves` put together."""
    calls, table, table_size, run, m = job[0], job[1], job[2], job[3], job[4]
    made = matrix_at(calls, np.int64, 2, CALL_SIZE)
    rows, now = matrix_at(table, np.int64, 1, table_size)[0], matrix_at(run, np.int64, 1, RUN_SIZE)[0]
    row = part_for_kernels(rows, made[part, BEGIN], made[part, END])
    call(made[part, KERNEL], (row, part_for_kernels(now, 0, RUN_SIZE), memory_at(m, like)))


compute_half = compiled(_compute_half)


@inline
def _make_halves(calls, k, table, run, m, memory, work):
    """The calls k and k + 1, which are the halves of one kernel, by two threads."""
    mailbox = matrix_at(run[MAILBOX], np.int64, 1, MAILBOX_SIZE)
    for i in range(RUN_SIZE):
        mailbox[0, RUN + i] = run[i]
    mailbox[0, RUN + MAILBOX] = 0  # products within a half are not shared in turn
    at = np.int64(calls[k].ctypes.data), np.int64(table.ctypes.data), np.int64(mailbox[0].ctypes.data) + 8 * RUN
    o = np.int64(0)
    share(mailbox, run[HALF], m.consts, (at[0], at[1], table.size, at[2], address_of(memory), o, o, o, o, o, o, o), work)


@inline
def _make(calls, table, run, m, memory, now):
    """All calls in turn. A kernel called in halves has two calls; where there is little work, the first computes the whole."""
    k = np.int64(0)  # the literal has a type of its own, for which `_make_halves` would be compiled once more
    numbers = part_for_kernels(calls, 0, calls.size)
    while k < calls.shape[0]:
        at = k * CALL_SIZE
        kernel, begin, end = numbers[at + KERNEL], numbers[at + BEGIN], numbers[at + END]
        work = numbers[at + WORK] * run[BATCH]
        if work == 0:
            call(kernel, (part_for_kernels(table, begin, end), now, memory))
            k += 1
            continue
        table[begin + PART] = FIRST_HALF if work >= PARALLEL else WHOLE
        if work >= PARALLEL and run[MAILBOX] != 0:
            _make_halves(calls, k, table, run, m, memory, work)
        else:
            call(kernel, (part_for_kernels(table, begin, end), now, memory))
            if work >= PARALLEL:
                call(kernel, (part_for_kernels(table, calls[k + 1, BEGIN], calls[k + 1, END]), now, memory))
        k += 2


def _run_steps(calls, table, run, m, batch_size, learning_rates):
    """Makes `len(learning_rates)` steps of the calls, each on the next mini-batch of `m.order`.

    Arguments:
        calls: (C, CALL_SIZE) integers: see the columns above.
        table: All rows behind each other.
        run: What changes from step to step; `run[FIRST]` says where in `m.order` to begin.
        m: `Memory`.
        batch_size: Examples a step; the last step of an epoch takes what is left.
        learning_rates: Float64, one for each step.
    """
    memory, now = for_kernels(m), part_for_kernels(run, 0, run.size)
    run[EXAMPLES] = m.order.size
    for s in range(learning_rates.size):
        run[BATCH] = min(batch_size, run[EXAMPLES] - run[FIRST])
        m.consts[LEARNING_RATE] = learning_rates[s]
        _make(calls, table, run, m, memory, now)
        run[FIRST] += run[BATCH]
        run[STEP] += 1
        run[ITERATION] += 1


run_steps = compiled(_run_steps)


def _run_calls(calls, table, run, m):
    """Makes the calls once, on what lies in memory: prediction, or one traced step."""
    _make(calls, table, run, m, for_kernels(m), part_for_kernels(run, 0, run.size))


run_calls = compiled(_run_calls)
