package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class SolverBenchTest {

    @TempDir Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "solver",
                                "--rows=96",
                                "--cols=160",
                                "--tokens=2048",
                                "--repeat=2",
                                "--threads=1",
                                "--peak-size=64",
                                "--warm-up=0"));
        args.addAll(List.of(options));
        CommandLine bench = Bench.commandLine();
        bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return bench.execute(args.toArray(String[]::new));
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.5", "2:4"})
    void timesComeWithWhatWasComputed(String pattern) throws IOException {
        // When
        int status = run("--pattern=" + pattern);

        // Then
        assertThat(status).isZero();
        JsonNode line = lines().getFirst();
        assertThat(line.path("prune_s").asDouble())
                .isPositive()
                .isGreaterThan(line.path("factor_s").asDouble());
        assertThat(line.path("gram_s").asDouble()).isPositive();
        assertThat(line.path("peak_gflops").asDouble()).isPositive();
        assertThat(line.path("sparsity").asDouble()).isCloseTo(0.5, within(1e-3));
        assertThat(line.path("relative_error").asDouble()).isBetween(1e-6, 0.2);
    }

    @Test
    void keptWeightsAreQuantisedOnRequest() throws IOException {
        // When
        int status = run("--bits=3");

        // Then
        assertThat(status).isZero();
        JsonNode line = lines().getFirst();
        assertThat(line.path("bits").asInt()).isEqualTo(3);
        assertThat(line.path("sparsity").asDouble()).isBetween(0.5, 0.8);
    }

    @Test
    void anotherProgramsTimesAreDividedByOurs() throws IOException {
        // Given
        Path script =
                Files.writeString(
                        dir.resolve("other.sh"),
                        """
                        echo "$@" >&2
                        echo noise
                        echo '{"prune_s": 1000, "gram_s": 500, "sparsity": 0.5, "relative_error": 0.1}'
                        """);

        // When
        int status = run("--baseline=" + script, "--python=/bin/sh");

        // Then
        assertThat(status).isZero();
        JsonNode own = lines().get(1);
        JsonNode ratio = lines().get(2);
        assertThat(ratio.path("prune_times_faster").asDouble())
                .isEqualTo(1000 / own.path("prune_s").asDouble());
        assertThat(ratio.path("baseline_relative_error").asDouble()).isEqualTo(0.1);
    }

    @Test
    void aBaselineThatFailsIsNamed() throws IOException {
        // Given
        Path script = Files.writeString(dir.resolve("broken.sh"), "exit 7");

        // When
        int status = run("--baseline=" + script, "--python=/bin/sh");

        // Then
        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("broken.sh", "ended with status 7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--pattern=x",
                "--pattern=1.5",
                "--pattern=5:4",
                "--pattern=2:4:8",
                "--bits=1"
            })
    void wrongOptionsAreNamed(String option) {
        // When
        int status = run(option);

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).contains("expected");
    }
}
