package io.sparsemesh.engine.device;

import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/// A tensor in a device's memory.
///
/// @param matrix its elements as F32
/// @param nonFinite the first of them, row by row, that is infinite or not a number
public record Loaded(Matrix matrix, Optional<PruningOps.Position> nonFinite) {

    /// Elements converted at a time.
    private static final long PIECE = 1 << 20;

    /// Converts on the host, uploads and checks piece by piece.
    static Loaded byPieces(Device device, Arena arena, Tensor tensor, long rows, long cols) {
        Matrix target = device.scratch(arena, rows, cols);
        Optional<PruningOps.Position> found = Optional.empty();
        long step = Math.max(PIECE / cols, 1);
        try (Arena staging = Arena.ofConfined()) {
            Matrix piece = Matrix.allocate(staging, Math.min(step, rows), cols);
            for (long row = 0; row < rows && found.isEmpty(); row += step) {
                Matrix part = piece.rows(0, Math.min(step, rows - row));
                tensor.readF32(row * cols, part.data(), 0, part.rows() * cols);
                Matrix to = target.rows(row, row + part.rows());
                device.upload(part, to);
                long first = row;
                found =
                        device.pruning()
                                .firstNonFinite(to)
                                .map(at -> new PruningOps.Position(first + at.row(), at.col()));
            }
        }
        return new Loaded(target, found);
    }
}
