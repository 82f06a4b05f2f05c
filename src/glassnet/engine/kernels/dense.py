"""The weighted sum of a dense layer."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, SCRATCH, SKIP, columns, compiled, matrix, vector
from glassnet.engine.matmul import NARROW, affine, matmul, matmul_nt

X, Z, KERNEL, BIAS, ROWS, INPUTS, UNITS, DX, DKERNEL, DBIAS = columns(10)


@compiled
def forward(row, run, m):
    """z = x @ kernel + bias.

    Reads x (B, I), kernel (I, O), bias (O,) where there is one; writes z (B, O). With more axes than two, B counts all rows.
    Source: Rumelhart, Hinton and Williams (1986), equation 1.
    """
    B, I, O = run[BATCH] * row[ROWS], row[INPUTS], row[UNITS]
    x, z = matrix(m.acts, row[X], B, I), matrix(m.acts, row[Z], B, O)
    kernel = matrix(m.params, row[KERNEL], I, O)
    if row[BIAS] < 0:
        matmul(run, x, kernel, z, 0)
    else:
        affine(run, x, kernel, vector(m.params, row[BIAS], O), z)


@compiled
def backward(row, run, m):
    """dkernel = x.T @ dz, dbias = sum of dz over the batch, dx = dz @ kernel.T. Scratch: (O, I)."""
    B, I, O = run[BATCH] * row[ROWS], row[INPUTS], row[UNITS]
    dz = matrix(m.act_grads, row[Z], B, O)
    if row[DKERNEL] != SKIP:
        x = matrix(m.acts, row[X], B, I)
        matmul(run, x.T, dz, matrix(m.grads, row[KERNEL], I, O), int(row[DKERNEL] == ADD))
    if row[BIAS] >= 0 and row[DBIAS] != SKIP:
        dbias = vector(m.grads, row[BIAS], O)
        if O < NARROW:
            for o in range(O):
                total = dbias[o] if row[DBIAS] == ADD else dbias.dtype.type(0)
                for b in range(B):
                    total += dz[b, o]
                dbias[o] = total
        else:
            if row[DBIAS] != ADD:
                for o in range(O):
                    dbias[o] = 0
            for b in range(B):
                dz_b = dz[b]
                for o in range(O):
                    dbias[o] += dz_b[o]
    if row[DX] != SKIP:
        dx = matrix(m.act_grads, row[X], B, I)
        matmul_nt(run, dz, matrix(m.params, row[KERNEL], I, O), dx, int(row[DX] == ADD), matrix(m.scratch, row[SCRATCH], O, I))


DENSE = Operation("dense", forward, backward)
