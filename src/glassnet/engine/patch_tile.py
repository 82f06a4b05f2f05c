"""Matrix products whose one factor is made of patches of images, which are nowhere copied out.

A convolution is a product: each position's patch of the image, as a row, times the kernel (K. Chellapilla, S. Puri and P. Simard,
"High Performance Convolutional Neural Networks for Document Processing", 2006). Here the rows of a tile of that product are
addresses, and k runs over a patch in up to three nested loops, so that the patches are read where they lie.
"""

import numba
import numpy as np
from numba import types
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import intrinsic

from glassnet.engine.kernel import compiled, inline
from glassnet.engine.tile import ROWS, VECTOR_BYTES, Builder

_NO_ROWS = (0,) * ROWS


def _patch_tile(vectors):
    """The intrinsic for a tile c (rows, columns) = start + a (rows, K) @ b (K, columns), columns <= vectors * lanes.

    `a` holds the addresses of ROWS rows, of which the first `rows` are stored. k runs over three nested loops, each of
    `counts[i]` steps of `strides[i]` bytes in a; in b it goes on by `b_k`. `start` is the address of what the sums are added to,
    with `start_row` bytes from row to row; 0 for nothing. Of b, whole vectors are read.
    """

    @intrinsic
    def tile(typingctx, scalar, a, counts, strides, b, b_k, start, start_row, c, c_row, rows, columns):
        def codegen(context, builder, sig, args):
            _, a, counts, strides, b, b_k, start, start_row, c, c_row, rows, columns = args
            t = Builder(context, builder, scalar)
            row_addresses = [builder.extract_value(a, r) for r in range(ROWS)]
            counts, strides = ([builder.extract_value(both, i) for i in range(3)] for both in (counts, strides))
            vector_offsets = [t.word(v * VECTOR_BYTES) for v in range(vectors)]

            def multiply(addresses, sums):
                offset, at_b = addresses
                right = [t.load(t.add(at_b, along)) for along in vector_offsets]
                left = [t.spread(builder.load(t.pointer(t.add(at, offset), t.number))) for at in row_addresses]
                return [t.multiply_add(sums[i], left[i // vectors], right[i % vectors]) for i in range(ROWS * vectors)]

            def middle(addresses, sums):
                offset, at_b = addresses
                return t.loop(counts[2], 1, [(offset, strides[2]), (at_b, b_k)], sums, multiply)

            def outer(addresses, sums):
                offset, at_b = addresses
                along_b = builder.mul(counts[2], b_k)
                return t.loop(counts[1], 1, [(offset, strides[1]), (at_b, along_b)], sums, middle)

            along_b = builder.mul(builder.mul(counts[1], counts[2]), b_k)
            nothing = [t.zero] * (ROWS * vectors)
            sums = t.loop(counts[0], 1, [(t.word(0), strides[0]), (b, along_b)], nothing, outer)
            added = builder.icmp_signed("!=", start, t.word(0))
            left = [builder.sub(columns, t.word(v * t.lanes)) for v in range(vectors)]
            masks = [t.first_lanes(count) for count in left]
            read = [t.first_lanes(builder.select(added, count, t.word(0))) for count in left]
            for r in range(ROWS):
                with builder.if_then(builder.icmp_signed(">", rows, t.word(r))):
                    for v, along in enumerate(vector_offsets):
                        old = t.masked_load(t.add(start, builder.mul(start_row, t.word(r)), along), read[v])
                        place = t.add(c, builder.mul(c_row, t.word(r)), along)
                        t.masked_store(builder.fadd(old, sums[r * vectors + v]), place, masks[v])
            return context.get_dummy_value()

        return types.void(scalar, a, counts, strides, *[types.int64] * 8), codegen

    return tile


@intrinsic
def add_run(typingctx, scalar, to, source, count):
    """Adds `count` numbers that lie side by side to others; `to` and `source` are addresses."""

    def codegen(context, builder, sig, args):
        _, to, source, count = args
        t = Builder(context, builder, scalar)
        whole, stride = builder.sub(count, builder.srem(count, t.word(t.lanes))), t.word(VECTOR_BYTES)

        def add(addresses, sums):
            at, source = addresses
            builder.store(builder.fadd(t.load(at), t.load(source)), t.pointer(at), align=t.size)
            return sums

        t.loop(whole, t.lanes, [(to, stride), (source, stride)], [], add)
        done, mask = builder.mul(whole, t.word(t.size)), t.first_lanes(builder.sub(count, whole))
        at = t.add(to, done)
        t.masked_store(builder.fadd(t.masked_load(at, mask), t.masked_load(t.add(source, done), mask)), at, mask)
        return context.get_dummy_value()

    return types.void(scalar, types.int64, types.int64, types.int64), codegen


_wide, _slim = _patch_tile(2), _patch_tile(1)


@inline
def _patches(job, i, M):
    """The addresses of the rows of `a` from row i on, as many as a tile has; behind the last row it stays there."""
    first, inner_steps, inner, middle_steps, middle, outer = job[0], job[1], job[2], job[3], job[4], job[5]
    in_middle, in_inner = i // inner_steps, i % inner_steps
    in_outer, in_middle = in_middle // middle_steps, in_middle % middle_steps
    a = _NO_ROWS
    for r in range(ROWS):
        a = tuple_setitem(a, r, first + in_outer * outer + in_middle * middle + in_inner * inner)
        if i + r + 1 < M:
            in_inner += 1
            if in_inner == inner_steps:
                in_inner = 0
                in_middle += 1
                if in_middle == middle_steps:
                    in_middle = 0
                    in_outer += 1
    return a


def _multiply_patches(job, like):
    """c (M, N) = start + a (M, K) @ b (K, N), where the rows of a are patches.

    Compiled by itself and called by address, as `tile.multiply` is.

    Arguments:
        job: PATCH_JOB_SIZE integers. Where the rows of a begin: the address of the first; `steps, bytes` from row to row; `steps,
            bytes` from the first of these to the first of the next; bytes to the next of those. The three loops over k, from the
            outermost: steps of each, then bytes of each. b: address, bytes from row to row. What is added to: address (0 for
            nothing), bytes from row to row. c: address, bytes from row to row. M, N. Columns of b, start and c are neighbours.
        like: Array of the dtype.
    """
    scalar, itemsize = like.dtype.type, like.itemsize
    counts, strides = (job[6], job[7], job[8]), (job[9], job[10], job[11])
    b, b_k, start, start_row, c, c_row, M, N = job[12], job[13], job[14], job[15], job[16], job[17], job[18], job[19]
    lanes = VECTOR_BYTES // itemsize
    for j in range(0, N, 2 * lanes):
        columns, along = min(2 * lanes, N - j), j * itemsize
        for i in range(0, M, ROWS):
            a, rows = _patches(job, i, M), min(ROWS, M - i)
            begin = start + i * start_row + along if start != 0 else start
            place = c + i * c_row + along
            if columns > lanes:
                _wide(scalar, a, counts, strides, b + along, b_k, begin, start_row, place, c_row, rows, columns)
            else:
                _slim(scalar, a, counts, strides, b + along, b_k, begin, start_row, place, c_row, rows, columns)


multiply_patches = compiled(_multiply_patches)
PATCH_JOB_SIZE = 20


def patch_signature(dtype):
    return types.void(types.UniTuple(types.int64, PATCH_JOB_SIZE), numba.from_dtype(np.dtype(dtype))[::1])
