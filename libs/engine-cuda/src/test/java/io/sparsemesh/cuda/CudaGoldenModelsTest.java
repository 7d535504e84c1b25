package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.family.GoldenModels;
import io.sparsemesh.engine.family.GoldenModelsRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Hidden states, logits and losses of models beside the reference's.
class CudaGoldenModelsTest {

    /// That of the golden data for arithmetic in F32.
    private static final double TOLERANCE = 5e-5;

    /// What an emulated GPU is through with in a moment: attention with all that it knows, with
    /// slopes, with rotary embeddings in both forms.
    private static final Set<String> SMALL = Set.of("opt", "bloom", "gemma2", "gptj");

    @Test
    void modelsAgreeWithTheReference() {
        Emulator.use();
        List<Path> chosen =
                GoldenModels.reference().stream()
                        .filter(
                                folder ->
                                        Emulator.isRealGpu()
                                                || SMALL.contains(folder.getFileName().toString()))
                        .toList();

        GoldenModelsRun.requireAgreement(
                "cuda", () -> CudaDevices.shared().with(Operands.F32), chosen, TOLERANCE);
    }
}
