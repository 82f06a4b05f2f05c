"""The training loop, compiled: a chunk of steps without Python and without the interpreter's lock."""

from glassnet.engine.kernel import (
    BATCH,
    EXAMPLES,
    FIRST,
    ITERATION,
    LEARNING_RATE,
    STEP,
    call,
    compiled,
    for_kernels,
    part_for_kernels,
)


def _run_steps(calls, table, run, m, batch_size, learning_rates):
    """Makes `len(learning_rates)` steps of the calls, each on the next mini-batch of `m.order`.

    Arguments:
        calls: (C, 3) integers: address of a kernel, begin and end of its row in `table`.
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
        for k in range(calls.shape[0]):
            call(calls[k, 0], (part_for_kernels(table, calls[k, 1], calls[k, 2]), now, memory))
        run[FIRST] += run[BATCH]
        run[STEP] += 1
        run[ITERATION] += 1


run_steps = compiled(_run_steps)


def _run_calls(calls, table, run, m):
    """Makes the calls once, on what lies in memory: prediction, or one traced step."""
    memory, now = for_kernels(m), part_for_kernels(run, 0, run.size)
    for k in range(calls.shape[0]):
        call(calls[k, 0], (part_for_kernels(table, calls[k, 1], calls[k, 2]), now, memory))


run_calls = compiled(_run_calls)
