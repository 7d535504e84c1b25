package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.scoring.Perplexity;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Prints the table of `docs/quality.md`: whole jobs, perplexity by method and pattern. Takes some
/// minutes, so it runs only when it is named: `-Dtest=QualityTable`.
class QualityTable {

    private static final List<String> PATTERNS = List.of("0.5", "0.6", "0.7", "2:4", "4:8");

    private static final Refit REFIT = new Refit(Refit.Mode.REFIT, 0, 3, 1e-3, 0);
    private static final Refit TARGET = new Refit(Refit.Mode.TARGET, 0.5, 2, 1e-3, 0);
    private static final Refit RESELECT = new Refit(Refit.Mode.TARGET, 0.5, 2, 1e-3, 1);

    /// A row of the table.
    private enum Row {
        MAGNITUDE("magnitude", MethodName.MAGNITUDE, Propagation.DENSE, null),
        WANDA("Wanda", MethodName.WANDA, Propagation.SEQUENTIAL, null),
        SPARSEGPT("SparseGPT", MethodName.SPARSEGPT, Propagation.SEQUENTIAL, null),
        REFITTED("+ refit", MethodName.SPARSEGPT, Propagation.SEQUENTIAL, REFIT),
        TARGETED("+ target", MethodName.SPARSEGPT, Propagation.SEQUENTIAL, TARGET),
        TRUE("+ true-sequential", MethodName.SPARSEGPT, Propagation.TRUE_SEQUENTIAL, TARGET),
        BEST("+ reselection", MethodName.SPARSEGPT, Propagation.TRUE_SEQUENTIAL, RESELECT);

        private final String text;
        private final MethodName name;
        private final Propagation propagation;
        private final Refit refit;

        Row(String text, MethodName name, Propagation propagation, Refit refit) {
            this.text = text;
            this.name = name;
            this.propagation = propagation;
            this.refit = refit;
        }
    }

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama-105"})
    void perplexities(String model) throws Exception {
        Path dense = Jobs.shared("models/" + model);
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store"))) {
            double whole = perplexity(place, dense, dense.resolve("ids.safetensors"));
            System.out.printf(
                    "| %s, dense %.3f | 50 %% | 60 %% | 70 %% | 2:4 | 4:8 |"
                            + " 50 %% + 4 bit | 50 %% + 3 bit |%n|---|---|---|---|---|---|---|---|%n",
                    model, whole);
            for (Row row : Row.values()) {
                System.out.println(line(place, dense, row));
            }
            assertThat(whole).isBetween(1.0, 5.0);
        }
    }

    private String line(Jobs.Place place, Path dense, Row row) throws Exception {
        StringBuilder line = new StringBuilder("| %s |".formatted(row.text));
        for (String pattern : PATTERNS) {
            line.append(cell(run(place, dense, row, pattern, null)));
        }
        for (int bits : List.of(4, 3)) {
            boolean exists = row.name == MethodName.SPARSEGPT;
            Quantization grid = new Quantization(bits, false, 0);
            line.append(exists ? cell(run(place, dense, row, "0.5", grid)) : " |");
        }
        return line.toString();
    }

    private static String cell(double perplexity) {
        return String.format(Locale.ROOT, " %.3f |", perplexity);
    }

    private double run(
            Jobs.Place place, Path dense, Row row, String pattern, Quantization quantization)
            throws Exception {
        Method plain = Jobs.method(row.name, pattern, row.propagation);
        Method method = plain.withRefit(row.refit).withQuantization(quantization);
        Path ids = dense.resolve("ids.safetensors");
        int bits = quantization == null ? 16 : quantization.bits();
        String name = "%d-%s-%d".formatted(row.ordinal(), pattern.replaceAll("[:.]", "-"), bits);
        JobRequest request =
                Jobs.request(
                        dense,
                        method,
                        row.name.isCalibrated() ? Jobs.calibration(ids, 32, 256) : null,
                        folder.resolve(name));
        new PlanRunner(place.place(), name, request).prune();
        return perplexity(place, folder.resolve(name), ids);
    }

    private static double perplexity(Jobs.Place place, Path model, Path ids) {
        OpenModel open = place.models().open(model);
        return Perplexity.measure(
                        open.scorer(), open.tokens(ids, "test", "").windows(256), () -> {})
                .value();
    }
}
