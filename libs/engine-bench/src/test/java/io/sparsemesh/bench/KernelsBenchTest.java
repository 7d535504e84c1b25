package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class KernelsBenchTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine bench = Bench.commandLine();
        bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return bench.execute(options);
    }

    @Test
    void eachKernelsTimeComesWithACheckOfItsResult() throws IOException {
        // When
        int status =
                run(
                        "kernels",
                        "--kernels=FACTOR,PRUNE_GROUPS",
                        "--sizes=128",
                        "--forks=0",
                        "--repeat=1",
                        "--seconds=0.02");

        // Then
        assertThat(status).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines)
                .extracting(line -> line.path("kernel").asText())
                .containsExactly("FACTOR", "PRUNE_GROUPS");
        assertThat(lines).allSatisfy(line -> assertThat(line.path("ms").asDouble()).isPositive());
        try (KernelProblem problem = new KernelProblem("cpu", 1, 128)) {
            assertThat(lines.getFirst().path("check").asDouble())
                    .isEqualTo(Kernel.FACTOR.run(problem));
        }
    }

    @ParameterizedTest
    @EnumSource(Kernel.class)
    void kernelsDoOnTheCpuWhatTheNaiveDeviceDoes(Kernel kernel) {
        try (KernelProblem fast = new KernelProblem("cpu", 2, 128);
                KernelProblem naive = new KernelProblem("naive", 1, 128)) {
            double expected = kernel.run(naive);

            assertThat(kernel.run(fast))
                    .isCloseTo(expected, within(1e-3 * (1 + Math.abs(expected))));
        }
    }

    @Test
    void aSizeThatDoesNotFitIsNamed() {
        assertThat(run("kernels", "--sizes=100")).isEqualTo(2);
        assertThat(err.toString()).contains("expected multiples of 64 from 128 on, found 100");
    }
}
