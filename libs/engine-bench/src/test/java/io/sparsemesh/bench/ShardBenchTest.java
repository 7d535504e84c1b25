package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ShardBenchTest {

    @Test
    void bothWaysAreTimed() throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine bench = Bench.commandLine();
        bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

        int status =
                bench.execute(
                        "shard",
                        "--hidden=64",
                        "--ffn=96",
                        "--heads=2",
                        "--samples=5",
                        "--length=1024",
                        "--repeat=1");

        assertThat(status).as(err.toString()).isZero();
        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertThat(line.path("load_s").asDouble()).isPositive();
        assertThat(line.path("forward_s").asDouble()).isPositive();
        assertThat(line.path("after_all_s").asDouble())
                .isGreaterThanOrEqualTo(
                        line.path("load_s").asDouble() + line.path("forward_s").asDouble());
        assertThat(line.path("by_batches_s").asDouble()).isPositive();
    }
}
