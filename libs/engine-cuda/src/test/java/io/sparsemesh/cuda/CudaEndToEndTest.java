package io.sparsemesh.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.RandomModels;
import io.sparsemesh.engine.RealModels;
import io.sparsemesh.engine.device.Operands;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Whole models pruned on the GPU, beside what the reference made of them. An emulated GPU takes
/// minutes for one.
class CudaEndToEndTest {

    @BeforeEach
    void onlyOnAGpu() {
        assumeTrue(Emulator.isRealGpu(), "no GPU");
    }

    @TestFactory
    Stream<DynamicTest> randomModelsInEveryMode() {
        return RandomModels.cases(
                "cuda", () -> CudaDevices.shared().with(Operands.F32), name -> true);
    }

    @TestFactory
    Stream<DynamicTest> trainedModel() {
        return RealModels.cases(
                "cuda", () -> CudaDevices.shared().with(Operands.F32), "stories260K", run -> true);
    }
}
