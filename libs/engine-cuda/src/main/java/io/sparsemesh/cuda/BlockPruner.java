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
import java.util.Optional;
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

    /// A block that is being pruned.
    ///
    /// @param v the weights with the errors of all columns pruned so far, transposed
    private record Work(ColumnBlock block, Matrix v, Choice choice, Rounding rounding) {}

    /// Some columns of a block.
    private record Part(long from, long to) {
        Matrix diagonal(Matrix u) {
            return u.view(from, from, to - from, to - from);
        }
    }

    DoubleSupplier prune(ColumnBlock block, Selection selection, Rounding rounding) {
        List<DoubleSupplier> losses = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            Matrix v = lookAhead(arena, block);
            Work work = new Work(block, v, choice(arena, v, block.u(), selection), rounding);
            long size = block.columns();
            long step = work.choice().part();
            for (long from = 0; from < size; from += step) {
                Part part = new Part(from, Math.min(from + step, size));
                losses.add(gpu.losses().sum(prune(arena, work, part)));
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
            case Selection.Smallest smallest -> {
                long cut = new CudaCut(gpu, SOURCE).find(arena, v, Optional.of(u), smallest);
                yield new Choice(BY_CUT, cut, 0, 1);
            }
            case Selection.PerGroup groups -> new Choice(BY_GROUP, 0, groups.drop(), fit(groups));
            case Selection.Zeros _ -> new Choice(BY_ZEROS, 0, 0, 1);
        };
    }

    /// Prunes a part, and takes its errors from the columns after it.
    ///
    /// @return half the squared errors of each block of threads
    private Matrix prune(Arena arena, Work work, Part part) {
        ColumnBlock block = work.block();
        long size = block.columns();
        if (part.to() == size) {
            return launch(arena, work, part, Optional.empty());
        }
        Matrix e = gpu.scratch(arena, part.to() - part.from(), block.rows());
        Matrix squares = launch(arena, work, part, Optional.of(e));
        Matrix u = block.u().view(part.from(), part.to(), e.rows(), size - part.to());
        blas.transposedMultiply(-1, u, e, 1, work.v().rows(part.to(), size));
        return squares;
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

    /// @param e its errors, where they are wanted
    private Matrix launch(Arena arena, Work work, Part part, Optional<Matrix> e) {
        long rows = work.block().rows();
        int height = rows > FEW_ROWS ? 128 : 64;
        long blocks = Math.ceilDiv(rows, height);
        Matrix squares = gpu.scratch(arena, Math.max(blocks, 1), 2);
        Choice choice = work.choice();
        List<Object> arguments = matrices(work, part, e);
        arguments.addAll(List.of(rows, (int) (part.to() - part.from()), height));
        arguments.addAll(List.of(choice.how(), choice.cut(), choice.drop(), choice.group()));
        addGrid(work.rounding().ofColumns(part.from(), part.to()), arguments);
        arguments.add(squares.data().address());
        gpu.kernel(SOURCE, choice.kernel())
                .launch(
                        Kernel.Grid.of(blocks, THREADS).withShared(shared(height)),
                        arguments.toArray());
        return squares.rows(0, blocks);
    }

    private static List<Object> matrices(Work work, Part part, Optional<Matrix> e) {
        ColumnBlock block = work.block();
        return new ArrayList<>(
                List.of(
                        block.w().columns(part.from(), part.to()),
                        work.v().rows(part.from(), part.to()),
                        block.d().rows(part.from(), part.to()),
                        part.diagonal(block.u()),
                        e));
    }

    private static void addGrid(Rounding rounding, List<Object> arguments) {
        switch (rounding) {
            case Rounding.None _ ->
                    arguments.addAll(List.of(Optional.empty(), Optional.empty(), 1L, 0L, 0));
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
