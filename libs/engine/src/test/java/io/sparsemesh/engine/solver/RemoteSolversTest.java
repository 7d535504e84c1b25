package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import io.sparsemesh.engine.device.Transfers;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every way to prune a layer, in memory that the host cannot touch: what comes of it is, bit by
/// bit, what the same device makes in the host's memory.
class RemoteSolversTest {

    private static final SolverOptions HALF = SolverOptions.of(new Sparsity.Unstructured(0.5));
    private static final SolverOptions TWO_OF_FOUR = SolverOptions.of(new Sparsity.NOutOfM(2, 4));
    private static final SolverOptions QUANTISED =
            HALF.withQuantisation(new Quantisation.Grid(4, true, 32, Dtype.F16));
    private static final RefitOptions REFIT = new RefitOptions(0.3, 20, 1e-3, 1);

    /// What a solver does to a layer.
    ///
    /// @param arena for more memory of the device
    private record Problem(Device device, Arena arena, Matrix w, Matrix h) {

        GramFactor factor(SolverOptions options) {
            return GramFactor.of(device, arena, "test", h, options);
        }

        Object refit(SolverOptions options) {
            return new RefitSolver(device, factor(options), options, REFIT)
                    .solve("test", w, Optional.empty());
        }

        /// To the output of a dense model whose inputs are nearly the same.
        Object aim(SolverOptions options) {
            GramFactor factor = factor(options);
            Matrix cross = device.allocate(arena, h.rows(), h.cols());
            device.blas().addScaled(1.01f, h, 0, cross);
            Matrix k = DenseTarget.correction(device, arena, factor, cross, REFIT.mix());
            return new RefitSolver(device, factor, options, REFIT).solve("test", w, Optional.of(k));
        }

        /// Counts and sums of [Outliers], by which an allocation is chosen.
        Object outliers() {
            float[] norms = Outliers.inputNorms(device, h);
            double sum = Outliers.sum(device, w, norms);
            return sum + " " + Outliers.above(device, w, norms, 3 * sum / (w.rows() * w.cols()));
        }
    }

    @FunctionalInterface
    private interface Solver {
        /// @return what it reports, compared by its text
        Object run(Problem problem);
    }

    @TestFactory
    Stream<DynamicTest> solversGiveTheSameBitsInMemoryThatTheHostCannotTouch() {
        return Stream.of(
                test("SparseGPT", p -> SparseGptSolver.solve(p.device, "test", p.w, p.h, HALF)),
                test(
                        "SparseGPT, quantised",
                        p -> SparseGptSolver.solve(p.device, "test", p.w, p.h, QUANTISED)),
                test("Wanda", p -> WandaPruner.prune(p.device, "test", p.w, p.h, TWO_OF_FOUR)),
                test(
                        "magnitude",
                        p -> MagnitudePruner.prune(p.device, "test", p.w, Optional.of(p.h), HALF)),
                test("refit", p -> p.refit(HALF)),
                test("refit, n:m", p -> p.refit(TWO_OF_FOUR)),
                test("refit, quantised", p -> p.refit(QUANTISED)),
                test("refit to a dense model", p -> p.aim(HALF)),
                test("outliers", Problem::outliers));
    }

    private static DynamicTest test(String name, Solver solver) {
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    Outcome expected = outcome(Devices.open("cpu", 2), solver);
                    Outcome found = outcome(new RemoteDevice(Devices.open("cpu", 2)), solver);
                    assertThat(found.report()).isEqualTo(expected.report());
                    assertThat(found.weights()).isEqualTo(expected.weights());
                });
    }

    private record Outcome(String report, float[] weights) {}

    /// @param opened closed at the end
    private static Outcome outcome(Device opened, Solver solver) {
        try (Device device = opened;
                Device host = Devices.open("cpu", 2);
                Arena arena = Arena.ofShared()) {
            Layer layer = Layer.random(host, arena, 5, 40, 200, 500);
            Matrix w = Transfers.toDevice(device, arena, layer.w());
            Matrix h = Transfers.toDevice(device, arena, layer.h());
            Object report = solver.run(new Problem(device, arena, w, h));
            return new Outcome(report.toString(), Transfers.values(device, w));
        }
    }
}
