package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.solver.GoldenSolver;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class CudaGoldenSolverTest {

    /// What an emulated GPU takes a minute for.
    private static final int SMALL = 96;

    @TestFactory
    Stream<DynamicTest> casesAreWithinTheirTolerances() {
        Emulator.use();
        return GoldenSolver.cases(
                "cuda",
                () -> CudaDevices.shared().with(Operands.F32),
                golden -> Emulator.isRealGpu() || golden.cols() <= SMALL);
    }
}
