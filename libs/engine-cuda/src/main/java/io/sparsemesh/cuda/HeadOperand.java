package io.sparsemesh.cuda;

import io.sparsemesh.cuda.cublas.Operand;
import io.sparsemesh.cuda.cublas.Type;
import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Heads as the products of attention take them: in device memory, in the type of the products.
///
/// @param address of the row and column from which `columns` count
/// @param stride distance of two rows in elements
record HeadOperand(Gpu gpu, long address, Type type, long stride, HeadColumns columns) {

    private static final String ATTENTION = "attention.cu";
    private static final int THREADS = 128;

    /// Elements of 2 bytes to which heads are padded. cuBLAS reads 16 bytes at once, and a head
    /// may begin at any column of its projection.
    private static final long ALIGNED = 8;

    /// Some of the products of a layer: product n is of query head n mod `heads` of sequence
    /// n / `heads`.
    ///
    /// @param begin the first of them
    /// @param heads query heads of a sequence
    /// @param length rows of a sequence
    record Products(long begin, long count, long heads, long length) {}

    /// Heads as they are, or rounded to `type` in memory of `arena`.
    static HeadOperand of(Gpu gpu, Arena arena, Heads heads, Type type) {
        HeadColumns columns = HeadColumns.of(gpu, arena, heads);
        Matrix data = heads.data();
        return type == Type.F32
                ? new HeadOperand(gpu, data.data().address(), type, data.stride(), columns)
                : rounded(gpu, arena, heads, columns, type);
    }

    private static HeadOperand rounded(
            Gpu gpu, Arena arena, Heads heads, HeadColumns columns, Type type) {
        long room = Math.ceilDiv(heads.size(), ALIGNED) * ALIGNED;
        long stride = heads.count() * room;
        long rows = heads.data().rows();
        long cols = heads.count() * heads.size();
        Matrix halves = gpu.scratch(arena, rows, stride / 2);
        ElementGrid grid = ElementGrid.of(rows, cols);
        gpu.kernel(ATTENTION, "round_heads")
                .launch(
                        grid.grid(),
                        heads.data(),
                        columns.list(),
                        columns.first(),
                        columns.spacing(),
                        Math.toIntExact(heads.size()),
                        halves.data().address(),
                        stride,
                        room,
                        type == Type.BF16 ? 1 : 0,
                        rows,
                        cols,
                        grid.shift());
        return new HeadOperand(
                gpu,
                halves.data().address(),
                type,
                stride,
                HeadColumns.adjacent(room, heads.count()));
    }

    /// What those products have of these heads, which several query heads may share, from `row` of
    /// their sequences on.
    ///
    /// @param arena keeps the addresses
    Operand of(Arena arena, Products products, long row) {
        long addresses = gpu.scratch(arena, products.count(), 2).data().address();
        gpu.kernel(ATTENTION, "point")
                .launch(
                        Kernel.Grid.covering(products.count(), THREADS),
                        addresses,
                        products.count(),
                        products.begin(),
                        products.heads(),
                        products.heads() / columns.count(),
                        address,
                        (long) type.bytes(),
                        stride,
                        products.length(),
                        row,
                        columns.list(),
                        columns.first(),
                        columns.spacing());
        return new Operand(addresses, type, stride, false);
    }
}
