"""Matrix products whose one factor is made of patches of images, which are nowhere copied out.

A convolution is a product: each position's patch of the image, as a row, times the kernel (K. Chellapilla, S. Puri and P. Simard,
"High Performance Convolutional Neural Networks for Document Processing", 2006). Here the rows of a tile of that product are
addresses, and k runs over a patch in up to three nested loops, so that the patches are read where they lie.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from glassnet.engine.kernel import compiled
from glassnet.engine.tile import ROWS, VECTOR_BYTES, Builder

PATCH_JOB_SIZE = 22


def _patch_tile(vectors):
    """The intrinsic for a tile c (rows, columns) = bias or += a (rows, K) @ b (K, columns), columns <= vectors * lanes.

    `a` and `c` hold the addresses of ROWS rows, of which the first `rows` are stored. k runs over three nested loops, each of
    `counts[i]` steps of `strides[i]` bytes in a; in b it goes on by `b_k`. `bias` is the address of what every row begins with, 0
    for nothing; where `add` is 1 the sums are added to what c holds instead. Of b, whole vectors are read.
    """

    @intrinsic
    def tile(typingctx, scalar, a, counts, strides, b, b_k, bias, add, c, rows, columns):
        def codegen(context, builder, sig, args):
            _, a, counts, strides, b, b_k, bias, add, c, rows, columns = args
            t = Builder(context, builder, scalar)
            row_addresses, places = ([builder.extract_value(both, r) for r in range(ROWS)] for both in (a, c))
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
            adding = builder.icmp_signed("!=", add, t.word(0))
            begun = builder.or_(adding, builder.icmp_signed("!=", bias, t.word(0)))
            left = [builder.sub(columns, t.word(v * t.lanes)) for v in range(vectors)]
            masks = [t.first_lanes(count) for count in left]
            read = [t.first_lanes(builder.select(begun, count, t.word(0))) for count in left]
            for r, place in enumerate(places):
                with builder.if_then(builder.icmp_signed(">", rows, t.word(r))):
                    start = builder.select(adding, place, bias)
                    for v, along in enumerate(vector_offsets):
                        old = t.masked_load(t.add(start, along), read[v])
                        t.masked_store(builder.fadd(old, sums[r * vectors + v]), t.add(place, along), masks[v])
            return context.get_dummy_value()

        return types.void(scalar, a, counts, strides, *[types.int64] * 4, c, types.int64, types.int64), codegen

    return tile


_wide, _slim = _patch_tile(2), _patch_tile(1)


@intrinsic
def _rows(typingctx, job, in_outer, in_middle, in_inner, left, along):
    """The addresses of the rows of `a` and of `c` from the one at (in_outer, in_middle, in_inner) on, as many as a tile has;
    behind the last of the `left` rows it stays there. Those of c begin `along` bytes behind the first column.

    In registers: a tuple that is filled in a loop would go through memory, which takes longer than a small tile.
    """
    rows = types.UniTuple(types.int64, ROWS)

    def codegen(context, builder, sig, args):
        job, in_outer, in_middle, in_inner, left, along = args
        number = [builder.extract_value(job, i) for i in range(PATCH_JOB_SIZE)]
        one, none = (ir.Constant(ir.IntType(64), value) for value in (1, 0))
        places, steps = [], []
        of_a = number[0], number[2], number[4], number[5]
        of_c = builder.add(number[16], along), number[17], number[18], number[19]
        for first, inner, middle, outer in (of_a, of_c):
            within = builder.add(builder.mul(in_middle, middle), builder.mul(in_inner, inner))
            places.append([builder.add(first, builder.add(builder.mul(in_outer, outer), within))])
            onward = builder.sub(middle, builder.mul(number[1], inner)), builder.sub(outer, builder.mul(number[3], middle))
            steps.append((inner, *onward))
        for r in range(1, ROWS):
            more = builder.icmp_signed("<", ir.Constant(ir.IntType(64), r), left)
            in_inner = builder.add(in_inner, one)
            next_middle = builder.icmp_signed("==", in_inner, number[1])
            in_inner = builder.select(next_middle, none, in_inner)
            in_middle = builder.add(in_middle, builder.select(next_middle, one, none))
            next_outer = builder.icmp_signed("==", in_middle, number[3])
            in_middle = builder.select(next_outer, none, in_middle)
            for made, (inner, middle, outer) in zip(places, steps, strict=True):
                step = builder.add(inner, builder.select(next_middle, middle, none))
                step = builder.add(step, builder.select(next_outer, outer, none))
                made.append(builder.add(made[-1], builder.select(more, step, none)))
        return context.make_tuple(builder, sig.return_type, [context.make_tuple(builder, rows, made) for made in places])

    return types.Tuple((rows, rows))(job, *[types.int64] * 5), codegen


def _multiply_patches(job, like):
    """c (M, N) = bias or += a (M, K) @ b (K, N), where the rows of a, or those of c, are patches.

    Compiled by itself and called by address, as `tile.multiply` is.

    Arguments:
        job: PATCH_JOB_SIZE integers. Where the rows of a begin: the address of the first; `steps, bytes` from row to row; `steps,
            bytes` from the first of these to the first of the next; bytes to the next of those. The three loops over k, from the
            outermost: steps of each, then bytes of each. b: address, bytes from row to row. Address of what all rows of c begin
            with (0 for nothing), whether to add to c instead. Where the rows of c begin, by the same steps: address, three times
            bytes; no two of them may overlap. M, N. Columns of b, bias and c are neighbours.
        like: Array of the dtype.
    """
    scalar, itemsize = like.dtype.type, like.itemsize
    counts, strides = (job[6], job[7], job[8]), (job[9], job[10], job[11])
    b, b_k, bias, add, M, N = job[12], job[13], job[14], job[15], job[20], job[21]
    lanes = VECTOR_BYTES // itemsize
    for j in range(0, N, 2 * lanes):
        columns, along = min(2 * lanes, N - j), j * itemsize
        begin = bias + along if bias != 0 else bias
        for i in range(0, M, ROWS):
            in_middle = i // job[1]
            a, c = _rows(job, in_middle // job[3], in_middle % job[3], i % job[1], M - i, along)
            rows = min(ROWS, M - i)
            if columns > lanes:
                _wide(scalar, a, counts, strides, b + along, b_k, begin, add, c, rows, columns)
            else:
                _slim(scalar, a, counts, strides, b + along, b_k, begin, add, c, rows, columns)


multiply_patches = compiled(_multiply_patches)


def patch_signature(dtype):
    return types.void(types.UniTuple(types.int64, PATCH_JOB_SIZE), numba.from_dtype(np.dtype(dtype))[::1])
