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
    /// `Z_j = (Y_j - sum over k > j of Z_k R_jk^T) U_jj^T`. What comes from the columns after a
    /// panel is taken off all its blocks at once, as in [PruningPass].
    private static void divideByTransposed(
            Device device, GramFactor factor, Matrix y, Matrix scratch) {
        long n = y.cols();
        long size = scratch.cols();
        long width = PruningPass.panel(size);
        for (long left = (n - 1) / width * width; left >= 0; left -= width) {
            long right = Math.min(left + width, n);
            takeLater(device, factor, y, left, right, n);
            for (long i = left + (right - left - 1) / size * size; i >= left; i -= size) {
                long end = Math.min(i + size, right);
                takeLater(device, factor, y, i, end, right);
                Matrix block = scratch.columns(0, end - i);
                device.blas().addScaled(1, y.columns(i, end), 0, block);
                Matrix u = factor.u().view(i, 0, end - i, end - i);
                device.blas().multiplyTransposed(1, block, u, 0, y.columns(i, end));
            }
        }
    }

    /// Takes off the columns `i` to `end` what the ones from `end` to `until` put there.
    private static void takeLater(
            Device device, GramFactor factor, Matrix y, long i, long end, long until) {
        if (end < until) {
            Matrix r = factor.r().view(i, end, end - i, until - end);
            device.blas().multiplyTransposed(-1, y.columns(end, until), r, 1, y.columns(i, end));
        }
    }

    /// `Z := Z R^-1`, from the first column block to the last:
    /// `X_j = (Z_j - sum over k < j of X_k R_kj) U_jj`.
    private static void divide(Device device, GramFactor factor, Matrix z, Matrix scratch) {
        long n = z.cols();
        long size = scratch.cols();
        long width = PruningPass.panel(size);
        for (long left = 0; left < n; left += width) {
            long right = Math.min(left + width, n);
            takeEarlier(device, factor, z, 0, left, right);
            for (long i = left; i < right; i += size) {
                long end = Math.min(i + size, right);
                takeEarlier(device, factor, z, left, i, end);
                Matrix block = scratch.columns(0, end - i);
                device.blas().addScaled(1, z.columns(i, end), 0, block);
                Matrix u = factor.u().view(i, 0, end - i, end - i);
                device.blas().multiply(1, block, u, 0, z.columns(i, end));
            }
        }
    }

    /// Takes off the columns `i` to `end` what the ones from `from` to `i` put there.
    private static void takeEarlier(
            Device device, GramFactor factor, Matrix z, long from, long i, long end) {
        if (from < i) {
            Matrix r = factor.r().view(from, i, i - from, end - i);
            device.blas().multiply(-1, z.columns(from, i), r, 1, z.columns(i, end));
        }
    }
}
