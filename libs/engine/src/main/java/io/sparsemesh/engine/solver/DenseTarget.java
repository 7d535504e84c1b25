package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// Makes the layers of a pruned model aim at what the dense model's layer gave, on the inputs that
/// the pruned model gives them.
///
/// With X the inputs in the pruned model, X' those in the dense one, both `[inputs x tokens]`, and
/// `C = X' X^T`, `H = X X^T` damped: the weights that minimise
/// `mix |W X' - T X|^2 + (1 - mix) |W X - T X|^2` (damped) over all dense T are
/// `T = W + W K` with `K = mix (C - X X^T) H^-1`. K serves every linear fed by the input.
public final class DenseTarget {

    private DenseTarget() {}

    /// K.
    ///
    /// @param arena owns K
    /// @param factor of H
    /// @param cross `C[i, j]`: the dense model's input i times the pruned model's input j, summed
    ///     and scaled as H was, `[n x n]`; overwritten
    public static Matrix correction(
            Device device, Arena arena, GramFactor factor, Matrix cross, double mix) {
        Matrix k = device.scratch(arena, cross.rows(), cross.cols());
        device.blas().addScaled((float) mix, cross, 0, k);
        device.blas().addScaled((float) -mix, factor.h(), 1, k);
        try (Arena scratch = Arena.ofShared()) {
            Matrix block = device.scratch(scratch, k.rows(), factor.u().cols());
            divideByTransposed(device, factor, k, block);
            divide(device, factor, k, block);
        }
        return k;
    }

    /// `T := W + W K`.
    ///
    /// @param w `[rows x n]`
    /// @param target `[rows x n]`, overwritten
    static void aim(Device device, Matrix w, Matrix k, Matrix target) {
        device.blas().addScaled(1, w, 0, target);
        device.blas().multiply(1, w, k, 1, target);
    }

    /// `Y := Y R^-T`, from the last column block to the first:
    /// `Z_j = (Y_j - sum over k > j of Z_k R_jk^T) U_jj^T`.
    private static void divideByTransposed(
            Device device, GramFactor factor, Matrix y, Matrix scratch) {
        long n = y.cols();
        long size = scratch.cols();
        for (long left = (n - 1) / size * size; left >= 0; left -= size) {
            long right = Math.min(left + size, n);
            Matrix block = scratch.columns(0, right - left);
            device.blas().addScaled(1, y.columns(left, right), 0, block);
            if (right < n) {
                Matrix later = factor.r().view(left, right, right - left, n - right);
                device.blas().multiplyTransposed(-1, y.columns(right, n), later, 1, block);
            }
            Matrix u = factor.u().view(left, 0, right - left, right - left);
            device.blas().multiplyTransposed(1, block, u, 0, y.columns(left, right));
        }
    }

    /// `Z := Z R^-1`, from the first column block to the last:
    /// `X_j = (Z_j - sum over k < j of X_k R_kj) U_jj`.
    private static void divide(Device device, GramFactor factor, Matrix z, Matrix scratch) {
        long n = z.cols();
        for (long left = 0; left < n; left += scratch.cols()) {
            long right = Math.min(left + scratch.cols(), n);
            Matrix block = scratch.columns(0, right - left);
            device.blas().addScaled(1, z.columns(left, right), 0, block);
            if (left > 0) {
                Matrix earlier = factor.r().view(0, left, left, right - left);
                device.blas().multiply(-1, z.columns(0, left), earlier, 1, block);
            }
            Matrix u = factor.u().view(left, 0, right - left, right - left);
            device.blas().multiply(1, block, u, 0, z.columns(left, right));
        }
    }
}
