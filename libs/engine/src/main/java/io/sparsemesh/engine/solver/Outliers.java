package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.stream.LongStream;

/// Sizes of a linear's weighted inputs, `|W_ij| |X_j|`, by which OWL (arXiv 2310.05175) tells
/// outliers.
public final class Outliers {

    private Outliers() {}

    /// `sqrt(diag H)`, the inputs' norms up to a factor that all inputs of a model share.
    ///
    /// @param h `[cols x cols]` in memory of `device`
    public static float[] inputNorms(Device device, Matrix h) {
        try (Arena arena = Arena.ofShared()) {
            Matrix diagonal = Matrix.allocate(arena, h.rows(), 1);
            device.download(h.diagonal(), diagonal);
            float[] norms = diagonal.toArray();
            for (int c = 0; c < norms.length; c++) {
                norms[c] = (float) Math.sqrt(norms[c]);
            }
            return norms;
        }
    }

    /// Sum over all weights of `|W_ij| |X_j|`.
    ///
    /// @param w `[rows x cols]` in memory of `device`
    public static double sum(Device device, Matrix w, float[] norms) {
        double sum = 0;
        for (float[] row : rows(device, w)) {
            for (int c = 0; c < row.length; c++) {
                sum += Math.abs(row[c]) * (double) norms[c];
            }
        }
        return sum;
    }

    /// How many of the weights have `|W_ij| |X_j|` above the limit.
    ///
    /// @param w `[rows x cols]` in memory of `device`
    public static long above(Device device, Matrix w, float[] norms, double limit) {
        long count = 0;
        for (float[] row : rows(device, w)) {
            for (int c = 0; c < row.length; c++) {
                count += Math.abs(row[c]) * (double) norms[c] > limit ? 1 : 0;
            }
        }
        return count;
    }

    private static Iterable<float[]> rows(Device device, Matrix w) {
        return () -> LongStream.range(0, w.rows()).mapToObj(r -> row(device, w, r)).iterator();
    }

    private static float[] row(Device device, Matrix w, long index) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, 1, w.cols());
            device.download(w.rows(index, index + 1), host);
            return host.toArray();
        }
    }
}
