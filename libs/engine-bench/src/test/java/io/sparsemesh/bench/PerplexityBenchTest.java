package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PerplexityBenchTest {

    private static final Path DEMO = Path.of("../../deploy/demo");

    /// Of each token four blocks' linears, attention over up to 256 tokens, and the head for all
    /// tokens of a window but its last.
    private static final double FLOPS_OF_WINDOW =
            256.0 * 2 * 4 * (4 * 192 * 192 + 2 * 192 * 768)
                    + 256.0 * 4 * 4 * 192 * 257 / 2
                    + 255.0 * 2 * 192 * 1536;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... options) {
        CommandLine bench = Bench.commandLine();
        bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return bench.execute(options);
    }

    @Test
    void theRateCountsTheForwardPassAndComesWithThePerplexity() throws Exception {
        int status =
                run(
                        "perplexity",
                        DEMO.resolve("valley-opt").toString(),
                        DEMO.resolve("ids.safetensors").toString(),
                        "--length=256",
                        "--windows=4",
                        "--repeat=1",
                        "--warm-up=0",
                        "--peak-size=256");

        assertThat(status).as(err.toString()).isZero();
        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertThat(line.path("perplexity").asDouble()).isBetween(1.5, 3.0);
        double flops = line.path("gflops").asDouble() * 1e9 * line.path("perplexity_s").asDouble();
        assertThat(flops).isEqualTo(4 * FLOPS_OF_WINDOW, offset(1.0));
        assertThat(line.path("share_of_peak").asDouble()).isPositive();
    }

    @Test
    void windowsOfOneTokenPredictNothing() {
        assertThat(run("perplexity", "model", "ids", "--length=1")).isEqualTo(2);
        assertThat(err.toString()).contains("expected at least 2");
    }
}
