package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;

/// What a solve leaves besides the weights, in the letters of [SparseGptSolver], transposed.
///
/// @param dt D, `[cols x rows]`
/// @param et E, `[cols x rows]`, where it was asked for
record Trace(Matrix dt, Optional<Matrix> et) {

    static Trace of(Device device, Arena arena, Matrix w) {
        return new Trace(device.scratch(arena, w.cols(), w.rows()), Optional.empty());
    }

    static Trace withErrors(Device device, Arena arena, Matrix w) {
        return new Trace(
                device.scratch(arena, w.cols(), w.rows()),
                Optional.of(device.scratch(arena, w.cols(), w.rows())));
    }
}
