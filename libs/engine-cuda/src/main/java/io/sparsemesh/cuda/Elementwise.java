package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.matrix.Matrix;
import java.util.Arrays;

/// Launches of kernels whose last parameters are the rows, the columns and the shift of
/// `FOR_EACH_ELEMENT`.
final class Elementwise {

    private Elementwise() {}

    /// @param shape whose elements are taken
    /// @param arguments the kernel's parameters before those three
    static void launch(Kernel kernel, Matrix shape, Object... arguments) {
        ElementGrid grid = ElementGrid.of(shape.rows(), shape.cols());
        Object[] all = Arrays.copyOf(arguments, arguments.length + 3);
        all[arguments.length] = shape.rows();
        all[arguments.length + 1] = shape.cols();
        all[arguments.length + 2] = grid.shift();
        kernel.launch(grid.grid(), all);
    }
}
