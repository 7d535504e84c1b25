package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Prints what an allocation gains on real small models, for `docs/quality.md`. Takes some minutes,
/// so it runs only when it is named, `-Dtest=AllocationTable`; one of its rows is
/// [AllocationGainTest].
class AllocationTable {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "stories260K, 0.5, 0.90, 0.90",
        "stories260K, 0.6, 1.00, 0.95",
        "stories260K, 0.7, 0.90, 1.20",
        "babyllama-105, 0.5, 0.96, 1.05",
        "babyllama-105, 0.6, 0.92, 1.05",
        "babyllama-105, 0.7, 0.96, 0.95"
    })
    void perplexityOverUniforms(String model, String sparsity, double budget, double owl)
            throws Exception {
        Path dense = Jobs.shared("models/" + model);
        double[] ofBudget = measure(folder, dense, sparsity, Allocation.BUDGET);
        double[] ofOwl = measure(folder, dense, sparsity, Allocation.OWL);

        System.out.printf(
                "| %s %s | %.3f | %.3f | %.3f |%n",
                model, sparsity, ofBudget[1], ofOwl[0], ofBudget[0]);
        assertThat(ofOwl[1]).as("the same uniform checkpoint").isEqualTo(ofBudget[1]);
        assertThat(ofBudget[0] / ofBudget[1]).as("budget").isLessThan(budget);
        assertThat(ofOwl[0] / ofOwl[1]).as("owl").isLessThan(owl);
    }

    @ParameterizedTest
    @CsvSource({
        "stories260K, 4",
        "stories260K, 3",
        "babyllama-105, 4",
        "babyllama-105, 3",
    })
    void perplexityOfRoundedWeightsOverUniforms(String model, int bits) throws Exception {
        Path dense = Jobs.shared("models/" + model);
        Method method = method("0.5").withQuantization(new Quantization(bits, false, 0));

        double[] ofBudget = measure(folder, dense, method, Allocation.BUDGET);

        System.out.printf(
                "| %s 0.5 + %d bit | %.3f | | %.3f |%n", model, bits, ofBudget[1], ofBudget[0]);
        assertThat(ofBudget[0] / ofBudget[1]).isLessThan(1);
    }

    private static Method method(String sparsity) {
        return Jobs.method(MethodName.SPARSEGPT, sparsity, Propagation.SEQUENTIAL);
    }

    /// Perplexities of the allocated checkpoint and of the uniform one.
    static double[] measure(Path folder, Path dense, String sparsity, Allocation how)
            throws Exception {
        return measure(folder, dense, method(sparsity), how);
    }

    private static double[] measure(Path folder, Path dense, Method method, Allocation how)
            throws Exception {
        Path ids = dense.resolve("ids.safetensors");
        JobRequest request =
                AllocationTest.measured(
                        Jobs.request(
                                dense,
                                method.withAllocation(how),
                                Jobs.calibration(ids, 32, 256),
                                folder.resolve(how.text())),
                        ids);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store-" + how.text()))) {
            PlanRunner runner = new PlanRunner(place.place(), "job", request);
            runner.prune();
            return new double[] {
                perplexity(place, runner.folder(how.text()), ids),
                perplexity(place, runner.folder("uniform"), ids)
            };
        }
    }

    private static double perplexity(Jobs.Place place, Path model, Path ids) {
        OpenModel open = place.models().open(model);
        return Perplexity.measure(
                        open.scorer(), open.tokens(ids, "test", "").windows(256), () -> {})
                .value();
    }
}
