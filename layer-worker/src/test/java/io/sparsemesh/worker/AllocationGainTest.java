package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.Allocation;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An allocation that is worth its cost, on a real small model; [AllocationTable] has more.
class AllocationGainTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"BUDGET, 0.90", "OWL, 0.90"})
    void aSmallLlamaAtHalfItsWeightsGainsATenth(Allocation how, double ratio) throws Exception {
        Path dense = Jobs.shared("models/stories260K");

        double[] perplexity = AllocationTable.measure(folder, dense, "0.5", how);

        System.out.printf("%s %.3f, uniform %.3f%n", how, perplexity[0], perplexity[1]);
        assertThat(perplexity[0] / perplexity[1]).isLessThan(ratio);
    }
}
