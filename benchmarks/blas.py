"""What this machine's BLAS needs for the matrix products of each task, with 1 and 2 threads. Prints JSON."""

import json
import statistics
import sys
import time

import numpy as np
import tasks
import threadpoolctl
from scipy.linalg.blas import sgemm


def product_seconds(m, k, n):
    """Median time of one float32 product of (m, k) by (k, n), best of the layouts that a step uses."""
    b = np.ones((n, k), np.float32, order="F")
    c = np.zeros((n, m), np.float32, order="F")
    medians = []
    # Row-major (m, k) is column-major (k, m): forward reads it as it lies, the kernel gradient transposed.
    for a, transposed in ((np.ones((k, m), np.float32, order="F"), 0), (np.ones((m, k), np.float32, order="F"), 1)):
        times = []
        while sum(times) < 0.02 or len(times) < 20:
            started = time.perf_counter()
            sgemm(1.0, b, a, trans_b=transposed, c=c, overwrite_c=1)
            times.append(time.perf_counter() - started)
        medians.append(statistics.median(times))
    return min(medians)


def main():
    """For each task and number of threads: microseconds of all products of a step, and GFLOP/s."""
    rates = {}
    for name in sys.argv[2:]:
        products = tasks.TASKS[name].products
        flops = sum(2 * m * k * n for m, k, n in products)
        rates[name] = {}
        for threads in range(1, int(sys.argv[1]) + 1):
            with threadpoolctl.threadpool_limits(threads):
                seconds = sum(product_seconds(*shape) for shape in products)
            rates[name][threads] = {"us": seconds * 1e6, "gflops": flops / seconds / 1e9}
    print(json.dumps(rates))


if __name__ == "__main__":
    main()
