package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.ColumnBlock;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.Rounding;
import io.sparsemesh.engine.device.Selection;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/// The inner loop of Algorithm 1 on one column block; see the kernels `prune.cu`. Blocks of more
/// columns than those take are pruned in parts, and the errors of a part go to those after it by a
/// product.
///
/// @param blas in F32
record BlockPruner(Gpu gpu, CudaBlas blas) {

    static final String SOURCE = "prune.cu";

    /// Columns in a block of threads' shared memory.
    private static final int LARGEST = 128;

    private static final int STEP = 32;
    private static final int BY_CUT = 0;
    private static final int BY_GROUP = 1;
    private static final int BY_ZEROS = 2;

    private static final int THREADS = 256;

    /// Rows beyond which a multiprocessor is better used by fewer blocks of more rows.
    private static final long FEW_ROWS = 1 << 13;

    /// How the weights of a block are chosen, for the kernels.
    ///
    /// @param cut address of the cut, 0 for none
    private record Choice(int how, long cut, int drop, int group) {

        String kernel() {
            return switch (how == BY_GROUP ? group : 0) {
                case 0 -> "prune_masked";
                case 4 -> "prune_groups_of_4";
                case 8 -> "prune_groups_of_8";
                default -> "prune_groups";
            };
        }

        /// Columns of a part: whole groups.
        long part() {
            return how == BY_GROUP ? LARGEST / group * group : LARGEST;
        }
    }

    DoubleSupplier prune(ColumnBlock block, Selection selection, Rounding rounding) {
        List<DoubleSupplier> losses = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            Matrix v = lookAhead(arena, block);
            Choice choice = choice(arena, v, block.u(), selection);
            long size = block.columns();
            for (long from = 0; from < size; from += choice.part()) {
                long to = Math.min(from + choice.part(), size);
                boolean last = to == size;
                Matrix e = last ? null : gpu.scratch(arena, to - from, block.rows());
                Matrix squares = prunePart(arena, block, v, e, choice, rounding, from, to);
                losses.add(gpu.losses().sum(squares));
                if (!last) {
                    Matrix u = block.u().view(from, to, to - from, size - to);
                    blas.transposedMultiply(-1, u, e, 1, v.rows(to, size));
                }
            }
        }
        return () -> losses.stream().mapToDouble(DoubleSupplier::getAsDouble).sum();
    }

    /// `V = W + S U`, transposed.
    private Matrix lookAhead(Arena arena, ColumnBlock block) {
        Matrix v = gpu.scratch(arena, block.columns(), block.rows());
        blas.transpose(block.w(), v);
        blas.transposedMultiply(1, block.u(), block.s(), 1, v);
        return v;
    }

    private Choice choice(Arena arena, Matrix v, Matrix u, Selection selection) {
        return switch (selection) {
            case Selection.Smallest smallest ->
                    new Choice(BY_CUT, new CudaCut(gpu, SOURCE).find(arena, v, u, smallest), 0, 1);
            case Selection.PerGroup groups -> new Choice(BY_GROUP, 0, groups.drop(), fit(groups));
            case Selection.Zeros _ -> new Choice(BY_ZEROS, 0, 0, 1);
        };
    }

    private static int fit(Selection.PerGroup groups) {
        if (groups.group() > LARGEST) {
            throw new DeviceException(
                    "pruneBlock",
                    0,
                    "expected groups of at most %d columns on this kind of device, found %d"
                            .formatted(LARGEST, groups.group()));
        }
        return groups.group();
    }

    /// @return half the squared errors of each block of threads
    private Matrix prunePart(
            Arena arena,
            ColumnBlock block,
            Matrix v,
            Matrix e,
            Choice choice,
            Rounding rounding,
            long from,
            long to) {
        int height = block.rows() > FEW_ROWS ? 128 : 64;
        long blocks = Math.ceilDiv(block.rows(), height);
        Matrix losses = gpu.scratch(arena, Math.max(blocks, 1), 2);
        List<Object> arguments = new ArrayList<>();
        arguments.addAll(
                List.of(
                        block.w().columns(from, to),
                        v.rows(from, to),
                        block.d().rows(from, to),
                        block.u().view(from, from, to - from, to - from)));
        arguments.addAll(e == null ? List.of(0L, 0L) : List.of(e.data().address(), e.stride()));
        arguments.addAll(
                List.of(
                        block.rows(),
                        (int) (to - from),
                        height,
                        choice.how(),
                        choice.cut(),
                        choice.drop(),
                        choice.group()));
        addGrid(rounding.ofColumns(from, to), arguments);
        arguments.add(losses.data().address());
        gpu.kernel(SOURCE, choice.kernel())
                .launch(
                        Kernel.Grid.of(blocks, THREADS).withShared(shared(height)),
                        arguments.toArray());
        return losses.rows(0, blocks);
    }

    private static void addGrid(Rounding rounding, List<Object> arguments) {
        switch (rounding) {
            case Rounding.None _ -> arguments.addAll(List.of(0L, 0L, 0L, 0L, 1L, 0L, 0));
            case Rounding.Grid grid ->
                    arguments.addAll(
                            List.of(
                                    grid.scale(),
                                    grid.zero(),
                                    grid.width(),
                                    grid.first(),
                                    grid.top()));
        }
    }

    /// U, the inverses of its diagonal, V with a column of padding, the masks.
    private static int shared(int height) {
        int floats = LARGEST * LARGEST + LARGEST + LARGEST * (height + 1) + LARGEST / STEP * height;
        return floats * Float.BYTES;
    }
}
