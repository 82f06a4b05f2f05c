"""Matrix products of few numbers, as parts of their callers: a call and tiles of many rows cost more than the product.

Loops here are short and not unrolled, and what has just been written is not read again at once, as the processor waits for that.
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from glassnet.engine.kernel import inline
from glassnet.engine.tile import VECTOR_BYTES, Builder


@intrinsic
def _few_columns(typingctx, scalar, a, a_row, a_k, b, b_k, c, c_row, bias, M, K, columns, add):
    """c (M, columns) = or += a (M, K) @ b (K, columns) + bias, row by row, columns <= lanes. Reads whole vectors of b."""

    def codegen(context, builder, sig, args):
        _, a, a_row, a_k, b, b_k, c, c_row, bias, M, K, columns, add = args
        t = Builder(context, builder, scalar)
        mask = t.first_lanes(columns)
        shift = t.masked_load(bias, builder.and_(mask, t.spread(builder.icmp_signed("!=", bias, t.word(0)))))
        adding = builder.icmp_signed("!=", add, t.word(0))

        def multiply(addresses, sums):
            at_a, at_b = addresses
            return [t.multiply_add(sums[0], t.spread(builder.load(t.pointer(at_a, t.number))), t.load(at_b))]

        def row(addresses, sums):
            at_a, at_c = addresses
            (total,) = t.loop(K, 1, [(at_a, a_k), (b, b_k)], [t.zero], multiply, unrolled=False)
            t.store_lanes(builder.fadd(total, shift), at_c, mask, adding)
            return sums

        t.loop(M, 1, [(a, a_row), (c, c_row)], [], row, unrolled=False)
        return context.get_dummy_value()

    return types.void(scalar, *[types.int64] * 12), codegen


@intrinsic
def _one_column(typingctx, scalar, a, a_row, b, c, c_row, bias, M, K, add):
    """c (M, 1) = or += a (M, K) @ b (K, 1) + bias, row by row, where the numbers of a row of a and those of b are neighbours."""

    def codegen(context, builder, sig, args):
        _, a, a_row, b, c, c_row, bias, M, K, add = args
        t = Builder(context, builder, scalar)
        biased = builder.icmp_signed("!=", bias, t.word(0))
        first = builder.and_(t.first_lanes(t.word(1)), t.spread(biased))
        shift = builder.extract_element(t.masked_load(bias, first), ir.IntType(32)(0))
        whole = builder.sub(K, builder.srem(K, t.word(t.lanes)))
        done, stride = builder.mul(whole, t.word(t.size)), t.word(VECTOR_BYTES)
        mask = t.first_lanes(builder.sub(K, whole))
        last_b = t.masked_load(t.add(b, done), mask)
        adding = builder.icmp_signed("!=", add, t.word(0))

        def multiply(addresses, sums):
            at_a, at_b = addresses
            return [t.multiply_add(sums[0], t.load(at_a), t.load(at_b))]

        def row(addresses, sums):
            at_a, at_c = addresses
            (total,) = t.loop(whole, t.lanes, [(at_a, stride), (b, stride)], [t.zero], multiply, unrolled=False)
            total = t.multiply_add(total, t.masked_load(t.add(at_a, done), mask), last_b)
            place = t.pointer(at_c, t.number)
            before = builder.select(adding, builder.load(place), shift)
            builder.store(builder.fadd(before, t.lane_sum(total)), place)
            return sums

        t.loop(M, 1, [(a, a_row), (c, c_row)], [], row, unrolled=False)
        return context.get_dummy_value()

    return types.void(scalar, *[types.int64] * 9), codegen


@inline
def small_product(scalar, itemsize, a, a_row, a_k, b, b_k, c, c_row, bias, M, N, K, add):
    """c (M, N) = or += a (M, K) @ b (K, N), by addresses and strides in bytes as in `tile.product`.

    `bias` is the address of N numbers to add to each row of c, or 0; not together with `add`.
    Where b is one column, b and c are vectors without gaps, and so are a's rows or, without a bias, its columns.
    """
    lanes = VECTOR_BYTES // itemsize
    if N == 1 and (bias != 0 or a_row != itemsize):
        _one_column(scalar, a, a_row, b, c, c_row, bias, M, K, add)
        return
    if N == 1:  # c.T = b.T @ a.T, one row in place of many
        a, a_row, a_k, b, b_k, c_row, M, N = b, 0, b_k, a, a_k, 0, 1, M
    for j in range(0, N, lanes):
        at_bias = bias + j * itemsize if bias != 0 else bias
        _few_columns(scalar, a, a_row, a_k, b + j * itemsize, b_k, c + j * itemsize, c_row, at_bias, M, K, min(lanes, N - j), add)
