package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RefitBenchTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine bench = Bench.commandLine();
        bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return bench.execute(options);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--threads=1", "--target"})
    void costsComeWithWhatWasGained(String option) throws Exception {
        int status =
                run(
                        "refit",
                        "--rows=96",
                        "--cols=160",
                        "--tokens=2048",
                        "--repeat=2",
                        "--iterations=3",
                        "--warm-up=0",
                        option);

        assertThat(status).isZero();
        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertThat(line.path("iterations").asInt()).isEqualTo(3);
        assertThat(line.path("solve_s").asDouble()).isPositive();
        assertThat(line.path("error_after").asDouble())
                .isPositive()
                .isLessThan(line.path("error_before").asDouble());
    }

    @Test
    void wrongSizesAreNamed() {
        assertThat(run("refit", "--iterations=0")).isEqualTo(2);
        assertThat(err.toString()).contains("expected at least 1");
    }
}
