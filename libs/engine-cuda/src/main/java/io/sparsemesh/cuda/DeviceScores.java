package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The results of the kernel `score`: for each row the logarithm of the target's probability as a
/// double, then the column of the largest logit as a long.
///
/// @param memory `[rows x 4]` floats of device memory
record DeviceScores(Gpu gpu, Matrix memory) {

    private static final int FLOATS = (Double.BYTES + Long.BYTES) / Float.BYTES;

    static DeviceScores allocate(Gpu gpu, Arena arena, long rows) {
        return new DeviceScores(gpu, gpu.scratch(arena, rows, FLOATS));
    }

    /// Waits for them.
    TokenScores download(int[] targets) {
        TokenScores scores = new TokenScores(targets.length);
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, memory.rows(), FLOATS);
            gpu.context().transfers().download(memory, host);
            MemorySegment values = host.data();
            for (int row = 0; row < targets.length; row++) {
                scores.logLikelihoods()[row] = values.getAtIndex(ValueLayout.JAVA_DOUBLE, 2L * row);
                scores.greedy()[row] =
                        values.getAtIndex(ValueLayout.JAVA_LONG, 2L * row + 1) == targets[row];
            }
        }
        return scores;
    }
}
