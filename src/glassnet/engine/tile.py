"""Matrix products in tiles that stay in the processor's registers.

A tile of sums is kept in vector registers while the loop over k runs, and nothing is copied: BLAS first packs both factors
into an order of its own, which pays for large matrices and not for 784 x 16. The idea is that of the inner kernel of K. Goto and
R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).

The functions here take addresses and strides in bytes, so that transposed and partial matrices are the same case.
"""

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from glassnet.engine.kernel import FIRST_HALF, WHOLE, compiled, inline


def _registers():
    """(bytes of a vector register, rows of a tile) of this processor: as many sums as registers hold, with room for factors."""
    name, features = llvmlite.binding.get_host_cpu_name(), llvmlite.binding.get_host_cpu_features()
    if features.get("avx512vl"):
        # Intel's processors slow down with whole 64-byte vectors, and LLVM avoids them there.
        return (64, 8) if name.startswith("znver") else (32, 8)
    return (32, 4) if features.get("avx2") else (16, 4)


VECTOR_BYTES, ROWS = _registers()
SQUARE = 4
"""Rows and columns of a tile of `product_nt`."""
K_BLOCK = 192
"""Length of a block of k: so many rows of a panel of b stay in the first-level cache."""


class Builder:
    """What all tiles have in common: types, addresses and partial vectors in LLVM's language."""

    def __init__(self, context, builder, scalar):
        self.builder = builder
        self.number = context.get_data_type(scalar.instance_type)
        self.size = scalar.instance_type.bitwidth // 8
        self.lanes = VECTOR_BYTES // self.size
        self.vector = ir.VectorType(self.number, self.lanes)
        self.mask = ir.VectorType(ir.IntType(1), self.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * self.lanes)
        self._suffix = f"v{self.lanes}f{8 * self.size}.p0"

    def word(self, value):
        return ir.Constant(ir.IntType(64), value)

    def add(self, *values):
        total = values[0]
        for value in values[1:]:
            total = self.builder.add(total, value)
        return total

    def pointer(self, address, kind=None):
        return self.builder.inttoptr(address, (kind or self.vector).as_pointer())

    def load(self, address):
        return self.builder.load(self.pointer(address), align=self.size)

    def spread(self, value):
        """A vector with the value in all lanes."""
        undefined = ir.Constant(ir.VectorType(value.type, self.lanes), ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.IntType(32)(0))
        return self.builder.shuffle_vector(
            first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        )

    def first_lanes(self, count):
        """The mask of the first `count` lanes (an int64 that may be negative or more than there are)."""
        places = ir.Constant(ir.VectorType(ir.IntType(64), self.lanes), list(range(self.lanes)))
        return self.builder.icmp_signed("<", places, self.spread(count))

    def masked_load(self, address, mask, scalar=None):
        """The lanes of the mask, 0 in the others; nothing else is read. `scalar`: the numbers' type where it is another."""
        bits = scalar.bitwidth if scalar else 8 * self.size
        whole = isinstance(scalar, types.Integer)
        number = ir.IntType(bits) if whole else {32: ir.FloatType(), 64: ir.DoubleType()}[bits]
        vector = ir.VectorType(number, self.lanes)
        pointer, align = self.pointer(address, vector), ir.IntType(32)(bits // 8)
        kind = ir.FunctionType(vector, [pointer.type, align.type, self.mask, vector])
        name = f"llvm.masked.load.v{self.lanes}{'i' if whole else 'f'}{bits}.p0"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [pointer, align, mask, ir.Constant(vector, [number(0)] * self.lanes)])

    def converted(self, value, scalar):
        """A vector of numbers of the Numba type `scalar` as one of this type."""
        if isinstance(scalar, types.Integer):
            return (self.builder.sitofp if scalar.signed else self.builder.uitofp)(value, self.vector)
        if scalar.bitwidth == 8 * self.size:
            return value
        return (self.builder.fpext if scalar.bitwidth < 8 * self.size else self.builder.fptrunc)(value, self.vector)

    def masked_store(self, value, address, mask):
        pointer, align = self.pointer(address), ir.IntType(32)(self.size)
        kind = ir.FunctionType(ir.VoidType(), [self.vector, pointer.type, align.type, self.mask])
        function = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.masked.store.{self._suffix}")
        self.builder.call(function, [value, pointer, align, mask])

    def store_lanes(self, value, address, mask, adding):
        """The lanes of the mask to memory, added to what is there where `adding` is true.

        Otherwise nothing is read: a read that overlaps with what has just been written, as the row before, waits for it.
        """
        with self.builder.if_else(adding) as (more, fresh):
            with more:
                self.masked_store(self.builder.fadd(self.masked_load(address, mask), value), address, mask)
            with fresh:
                self.masked_store(value, address, mask)

    def multiply_add(self, total, a, b):
        product = self.builder.fmul(a, b, flags=("contract",))
        return self.builder.fadd(total, product, flags=("contract",))

    def rounded_once(self, a, b, c):
        """a * b + c; see `kernel.multiply_add`."""
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fma.{self._suffix.split('.')[0]}"
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), [a, b, c])

    def lane_sum(self, value):
        """The sum of all lanes."""
        kind = ir.FunctionType(self.number, [self.number, self.vector])
        name = f"llvm.vector.reduce.fadd.{self._suffix.split('.')[0]}"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [ir.Constant(self.number, -0.0), value], fastmath=("reassoc",))

    def loop(self, end, step, counters, sums, body, unrolled=True):
        """A loop over k from 0 to `end` that goes on from `sums`; `counters` are (start, step) addresses; `body(addresses, sums)`
        gives new sums. What an unrolled loop computes before it begins takes longer than the whole of a short one."""
        builder = self.builder
        before = builder.block
        head, inside, after = (builder.append_basic_block(f"tile.{name}") for name in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        counters = [(self.word(0), self.word(step)), *counters]
        phis = [builder.phi(ir.IntType(64)) for _ in counters]
        totals = [builder.phi(self.vector) for _ in sums]
        for phi, (start, _) in zip(phis, counters, strict=True):
            phi.add_incoming(start, before)
        for total, start in zip(totals, sums, strict=True):
            total.add_incoming(start, before)
        builder.cbranch(builder.icmp_signed("<", phis[0], end), inside, after)
        builder.position_at_end(inside)
        news = body(phis[1:], totals)
        last = builder.block  # the body may have loops of its own
        for total, new in zip(totals, news, strict=True):
            total.add_incoming(new, last)
        for phi, (_, stride) in zip(phis, counters, strict=True):
            phi.add_incoming(builder.add(phi, stride), last)
        back = builder.branch(head)
        if not unrolled:
            module = builder.module
            name = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
            mark = module.add_metadata([name, name])
            mark.operands = (mark, name)  # LLVM knows a loop by a node that names itself
            back.set_metadata("llvm.loop", mark)
        builder.position_at_end(after)
        return totals


def _panel_tile(rows, vectors):
    """The intrinsic for a tile c (rows, columns) = or += a (rows, K) @ b (K, columns), columns <= vectors * lanes.

    Of b, whole vectors are read: up to one vector behind its last column.
    """

    @intrinsic
    def tile(typingctx, scalar, a, a_row, a_k, b, b_k, c, c_row, K, columns, add):
        def codegen(context, builder, sig, args):
            _, a, a_row, a_k, b, b_k, c, c_row, K, columns, add = args
            t = Builder(context, builder, scalar)
            row_offsets = [builder.mul(a_row, t.word(r)) for r in range(rows)]
            vector_offsets = [t.word(v * VECTOR_BYTES) for v in range(vectors)]

            def body(addresses, sums):
                at_a, at_b = addresses
                right = [t.load(t.add(at_b, offset)) for offset in vector_offsets]
                left = [t.spread(builder.load(t.pointer(t.add(at_a, offset), t.number))) for offset in row_offsets]
                return [t.multiply_add(sums[r * vectors + v], left[r], right[v]) for r in range(rows) for v in range(vectors)]

            sums = t.loop(K, 1, [(a, a_k), (b, b_k)], [t.zero] * (rows * vectors), body)
            whole = builder.icmp_signed("==", columns, t.word(vectors * t.lanes))
            adding = builder.icmp_signed("!=", add, t.word(0))
            places = [t.add(c, builder.mul(c_row, t.word(r)), vector_offsets[v]) for r in range(rows) for v in range(vectors)]
            with builder.if_else(whole) as (fits, partly):
                with fits, builder.if_else(adding) as (more, fresh):
                    with more:
                        for place, total in zip(places, sums, strict=True):
                            builder.store(builder.fadd(t.load(place), total), t.pointer(place), align=t.size)
                    with fresh:
                        for place, total in zip(places, sums, strict=True):
                            builder.store(total, t.pointer(place), align=t.size)
                with partly:
                    masks = [t.first_lanes(builder.sub(columns, t.word(v * t.lanes))) for v in range(vectors)]
                    for i, (place, total) in enumerate(zip(places, sums, strict=True)):
                        t.store_lanes(total, place, masks[i % vectors], adding)
            return context.get_dummy_value()

        return types.void(scalar, *[types.int64] * 10), codegen

    return tile


def _square_tile(rows, columns):
    """The intrinsic for a tile c (rows, columns) = or += a (rows, K) @ b (columns, K).T: sums along both factors' rows."""

    @intrinsic
    def tile(typingctx, scalar, a, a_row, b, b_row, c, c_row, K, add):
        def codegen(context, builder, sig, args):
            _, a, a_row, b, b_row, c, c_row, K, add = args
            t = Builder(context, builder, scalar)
            offsets_a = [builder.mul(a_row, t.word(r)) for r in range(rows)]
            offsets_b = [builder.mul(b_row, t.word(j)) for j in range(columns)]

            def multiply(load, addresses, sums):
                at_a, at_b = addresses
                left = [load(t.add(at_a, offset)) for offset in offsets_a]
                right = [load(t.add(at_b, offset)) for offset in offsets_b]
                return [t.multiply_add(sums[r * columns + j], left[r], right[j]) for r in range(rows) for j in range(columns)]

            whole = builder.sub(K, builder.srem(K, t.word(t.lanes)))
            stride = t.word(VECTOR_BYTES)
            sums = [t.zero] * (rows * columns)
            sums = t.loop(whole, t.lanes, [(a, stride), (b, stride)], sums, lambda at, s: multiply(t.load, at, s))
            done = builder.mul(whole, t.word(t.size))
            mask = t.first_lanes(builder.sub(K, whole))
            sums = multiply(lambda address: t.masked_load(address, mask), (t.add(a, done), t.add(b, done)), sums)
            adding = builder.icmp_signed("!=", add, t.word(0))
            for i, total in enumerate(sums):
                place = t.add(c, builder.mul(c_row, t.word(i // columns)), t.word(i % columns * t.size))
                place = t.pointer(place, t.number)
                old = builder.select(adding, builder.load(place), ir.Constant(t.number, 0.0))
                builder.store(builder.fadd(old, t.lane_sum(total)), place)
            return context.get_dummy_value()

        return types.void(scalar, *[types.int64] * 8), codegen

    return tile


_wide, _wide_row = _panel_tile(ROWS, 2), _panel_tile(1, 2)
_slim, _slim_row = _panel_tile(ROWS, 1), _panel_tile(1, 1)
_square, _square_row, _square_column = _square_tile(SQUARE, SQUARE), _square_tile(1, SQUARE), _square_tile(SQUARE, 1)
_dot = _square_tile(1, 1)


@inline
def product(scalar, itemsize, a, a_row, a_k, b, b_k, c, c_row, M, N, K, add):
    """c (M, N) = or += a (M, K) @ b (K, N). Columns of b and c are neighbours; a may have any strides, thus be transposed.

    `scalar` is the NumPy scalar type, `add` 0 or 1. Behind the last row of b, a vector's length of memory must be readable.
    """
    lanes = VECTOR_BYTES // itemsize
    for k in range(0, K, K_BLOCK):
        depth = min(K_BLOCK, K - k)
        adding = 1 if k > 0 else add
        for j in range(0, N, 2 * lanes):
            columns = min(2 * lanes, N - j)
            at_b, at_c = b + k * b_k + j * itemsize, c + j * itemsize
            whole_rows = M // ROWS * ROWS
            for i in range(0, whole_rows, ROWS):
                at_a = a + i * a_row + k * a_k
                if columns > lanes:
                    _wide(scalar, at_a, a_row, a_k, at_b, b_k, at_c + i * c_row, c_row, depth, columns, adding)
                else:
                    _slim(scalar, at_a, a_row, a_k, at_b, b_k, at_c + i * c_row, c_row, depth, columns, adding)
            for i in range(whole_rows, M):
                at_a = a + i * a_row + k * a_k
                if columns > lanes:
                    _wide_row(scalar, at_a, a_row, a_k, at_b, b_k, at_c + i * c_row, c_row, depth, columns, adding)
                else:
                    _slim_row(scalar, at_a, a_row, a_k, at_b, b_k, at_c + i * c_row, c_row, depth, columns, adding)


@inline
def product_nt(scalar, a, a_row, b, b_row, c, c_row, itemsize, M, N, K, add):
    """c (M, N) = or += a (M, K) @ b (N, K).T, where all have neighbouring columns."""
    rows, columns = M // SQUARE * SQUARE, N // SQUARE * SQUARE
    for j in range(0, columns, SQUARE):
        at_b, at_c = b + j * b_row, c + j * itemsize
        for i in range(0, rows, SQUARE):
            _square(scalar, a + i * a_row, a_row, at_b, b_row, at_c + i * c_row, c_row, K, add)
        for i in range(rows, M):
            _square_row(scalar, a + i * a_row, a_row, at_b, b_row, at_c + i * c_row, c_row, K, add)
    for j in range(columns, N):
        at_b, at_c = b + j * b_row, c + j * itemsize
        for i in range(0, rows, SQUARE):
            _square_column(scalar, a + i * a_row, a_row, at_b, b_row, at_c + i * c_row, c_row, K, add)
        for i in range(rows, M):
            _dot(scalar, a + i * a_row, a_row, at_b, b_row, at_c + i * c_row, c_row, K, add)


@inline
def _half_of(part, itemsize, job):
    """A half of a product (see `multiply`): half the rows or half the columns of c, whichever are more."""
    transposed, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add = job
    longer = max(M, N)
    half = min(longer, (longer // 2 + 15) // 16 * 16)  # the first half of fewer than 16 is all
    first, size = (0, half) if part == FIRST_HALF else (half, longer - half)
    if M >= N:
        return transposed, a + first * a_row, a_row, a_k, b, b_row, c + first * c_row, c_row, size, N, K, add
    b += first * (b_row if transposed else itemsize)
    return transposed, a, a_row, a_k, b, b_row, c + first * itemsize, c_row, M, size, K, add


def _multiply(part, job, like):
    """The product described by `job`: (transposed, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add), or a half of it.

    Compiled by itself and called by address, because the tiles take longer to compile than all that calls them. `like` is an
    array of the matrices' dtype.
    """
    scalar, itemsize = like.dtype.type, like.itemsize
    if part != WHOLE:
        job = _half_of(part, itemsize, job)
    transposed, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add = job
    if transposed:
        product_nt(scalar, a, a_row, b, b_row, c, c_row, itemsize, M, N, K, add)
    else:
        product(scalar, itemsize, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add)


multiply = compiled(_multiply)
