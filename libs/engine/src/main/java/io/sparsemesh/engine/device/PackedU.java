package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// A block of U in an array, by columns.
///
/// @param size b
/// @param columns U_kc at `c b + k`
/// @param inverseDiagonal `1 / U_cc`: saliencies are compared as `|V_c / U_cc|`, the error that
///     pruning would cause, whose square is the paper's saliency
record PackedU(int size, float[] columns, float[] inverseDiagonal) {

    static PackedU of(Matrix u) {
        int b = Math.toIntExact(u.rows());
        float[] rows = u.toArray();
        float[] columns = new float[rows.length];
        float[] inverse = new float[b];
        for (int c = 0; c < b; c++) {
            for (int k = 0; k <= c; k++) {
                columns[c * b + k] = rows[k * b + c];
            }
            inverse[c] = 1 / rows[c * b + c];
        }
        return new PackedU(b, columns, inverse);
    }

    /// Where column `c` begins.
    int column(int c) {
        return c * size;
    }

    float get(int k, int c) {
        return columns[c * size + k];
    }
}
