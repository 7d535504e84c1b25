package io.sparsemesh.engine.solver;

import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// See [GoldenSolver].
class GoldenSolverTest {

    @TestFactory
    Stream<DynamicTest> everyCaseIsWithinItsToleranceOnTheCpu() {
        return GoldenSolver.cases("cpu", () -> Devices.open("cpu", 2), _ -> true);
    }

    @TestFactory
    Stream<DynamicTest> smallCasesAreWithinTheirToleranceOnTheNaiveDevice() {
        return GoldenSolver.cases("naive", () -> Devices.open("naive", 2), GoldenCase::isSmall);
    }

    @TestFactory
    Stream<DynamicTest> everyCaseIsWithinItsToleranceInMemoryThatTheHostCannotTouch() {
        return GoldenSolver.cases(
                "remote", () -> new RemoteDevice(Devices.open("cpu", 2)), _ -> true);
    }
}
