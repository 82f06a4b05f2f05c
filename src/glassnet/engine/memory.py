"""All numbers of a network as flat arrays, and how kernels reach them: by one address."""

from collections import namedtuple

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model

from glassnet.engine.cache import CHECKED

Memory = namedtuple("Memory", "params grads slots state acts act_grads scratch consts totals order")
"""The arrays of a network. `params`, `grads`, `slots` (of the optimiser), `state` (what is kept but not trained), `acts`,
`act_grads`, `scratch` and `consts` have the network's dtype; `totals` (running sums) is float64, `order` (of the
examples) int64. All are flat."""


def flat(scalar):
    """What a kernel sees of a flat array: its address alone, or in checked mode the array with its size."""
    return types.Array(scalar, 1, "C") if CHECKED else types.CPointer(scalar)


class KernelMemory(types.Type):
    """What a kernel sees of a `Memory`: its address, from which it reads what it needs.

    Ten arrays handed over with every call would cost more than the call.
    """

    def __init__(self, scalar):
        self.fields = types.NamedTuple([flat(scalar)] * 8 + [flat(types.float64), flat(types.int64)], Memory)
        super().__init__(f"KernelMemory({scalar}, {'checked' if CHECKED else 'fast'})")


register_model(KernelMemory)(models.OpaqueModel)


@infer_getattr
class _MemoryFields(AttributeTemplate):
    key = KernelMemory

    def generic_resolve(self, memory, name):
        return memory.fields.types[Memory._fields.index(name)] if name in Memory._fields else None


@lower_getattr_generic(KernelMemory)
def _read_field(context, builder, memory, address, name):
    fields = context.get_value_type(memory.fields)
    at = builder.bitcast(address, fields.as_pointer())
    value = builder.load(cgutils.gep_inbounds(builder, at, 0, Memory._fields.index(name)))
    value.set_metadata("invariant.load", builder.module.add_metadata([]))  # no kernel moves an array
    return value


@intrinsic
def for_kernels(typingctx, m):
    """A `Memory` of arrays as kernels take it, good until the calling function returns."""
    memory = KernelMemory(m[0].dtype)

    def codegen(context, builder, sig, args):
        arrays = cgutils.unpack_tuple(builder, args[0])
        kinds = sig.args[0]
        if not CHECKED:
            arrays = [context.make_array(kind)(context, builder, a).data for kind, a in zip(kinds, arrays, strict=True)]
        fields = context.make_tuple(builder, memory.fields, arrays)
        slot = cgutils.alloca_once(builder, fields.type)
        builder.store(fields, slot)
        return builder.bitcast(slot, context.get_value_type(memory))

    return memory(m), codegen


@intrinsic
def address_of(typingctx, memory):
    """The address of what `for_kernels` made, as an integer."""

    def codegen(context, builder, sig, args):
        return builder.ptrtoint(args[0], ir.IntType(64))

    return types.int64(memory), codegen


@intrinsic
def memory_at(typingctx, address, like):
    """What `for_kernels` made, by its address; `like` is an array of its dtype."""
    memory = KernelMemory(like.dtype)

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(memory))

    return memory(types.int64, like), codegen
