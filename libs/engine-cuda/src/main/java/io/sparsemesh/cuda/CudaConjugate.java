package io.sparsemesh.cuda;

import io.sparsemesh.cuda.driver.Kernel;
import io.sparsemesh.engine.device.ConjugateStep;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.device.Shapes;
import io.sparsemesh.engine.device.SmallSystems;
import io.sparsemesh.engine.matrix.Matrix;

/// Conjugate gradient on rows, and the small systems of its preconditioner. Each method is the one
/// of [PruningOps] with its name.
record CudaConjugate(Gpu gpu) {

    private static final int THREADS = 256;

    /// A thread a system: there are not so many that they would fill the device in larger blocks.
    private static final int SYSTEMS = 32;

    private Kernel kernel(String name) {
        return gpu.kernel("conjugate.cu", name);
    }

    void descend(ConjugateStep step) {
        kernel("descend")
                .launch(
                        Kernel.Grid.of(step.q().rows(), THREADS),
                        step.q(),
                        step.x(),
                        step.r(),
                        step.p(),
                        step.ap(),
                        step.energy(),
                        PruningOps.LEAST_ENERGY,
                        step.q().cols());
    }

    void turn(ConjugateStep step) {
        kernel("turn")
                .launch(
                        Kernel.Grid.of(step.q().rows(), THREADS),
                        step.q(),
                        step.d(),
                        step.r(),
                        step.p(),
                        step.ap(),
                        step.energy(),
                        step.q().cols());
    }

    void factorEach(Matrix a) {
        int order = SmallSystems.order(a.rows());
        kernel("factor_each").launch(Kernel.Grid.covering(a.cols(), SYSTEMS), a, a.cols(), order);
    }

    void solveEach(Matrix l, Matrix c) {
        int order = SmallSystems.order(l.rows());
        Shapes.checkShape("solveEach", "C", c, order, l.cols());
        kernel("solve_each").launch(Kernel.Grid.covering(c.cols(), SYSTEMS), l, c, c.cols(), order);
    }
}
