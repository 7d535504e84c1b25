package io.sparsemesh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TableBenchTest {

    @TempDir Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String layers) throws IOException {
        Path script =
                Files.writeString(
                        dir.resolve("other.sh"),
                        """
                        echo '{"prune_s": 1000, "gram_s": 500, "peak_gflops": 7, "sparsity": 0.5, "relative_error": 0.1}'
                        """);
        CommandLine bench = Bench.commandLine();
        bench.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return bench.execute(
                "table",
                "--baseline=" + script,
                "--python=/bin/sh",
                "--layers=" + layers,
                "--patterns=0.5,2:4",
                "--with=--tokens=256,--repeat=1,--threads=1,--peak-size=64,--warm-up=0");
    }

    @Test
    void everyLayerAndPatternHasItsRow() throws IOException {
        // When
        int status = run("64x96,96x64");

        // Then
        assertThat(status).isZero();
        List<String> rows = out.toString().lines().filter(line -> line.startsWith("| ")).toList();
        assertThat(rows).hasSize(5);
        assertThat(rows.get(1)).startsWith("| 64x96, 0.5, 16 | 500000.0 / ").contains(" 7 / ");
        assertThat(rows.get(4)).startsWith("| 96x64, 2:4, 16 | ").contains("0.10000 / 0.0");
        assertThat(out.toString().lines().filter(line -> line.startsWith("{"))).hasSize(12);
    }

    @Test
    void aLayerThatIsNoneIsNamed() throws IOException {
        assertThat(run("64")).isEqualTo(2);
        assertThat(err.toString()).contains("expected ROWSxCOLUMNS, found '64'");
    }
}
