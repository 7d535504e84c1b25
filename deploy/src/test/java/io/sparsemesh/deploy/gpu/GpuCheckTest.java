package io.sparsemesh.deploy.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `deploy/gpu/check` and `bundle`, as far as they go with neither a bundle nor a GPU.
class GpuCheckTest {

    @TempDir Path dir;

    private record Ended(int status, String output) {}

    private Ended run(String script, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "gpu/" + script));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SPARSEMESH_CUDA_LIBS", dir.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    @ParameterizedTest
    @CsvSource({"check,--seconds N", "bundle,--cases all|some"})
    void helpNamesTheOptions(String script, String option) throws Exception {
        Ended help = run(script, "--help");

        assertThat(help.status()).isZero();
        assertThat(help.output()).startsWith("Usage: ").contains(option);
    }

    @Test
    void machineWithoutAGpuIsToldEverythingThatIsMissing() throws Exception {
        assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a GPU");
        Path out = dir.resolve("out");

        Ended check = run("check", "--out", out.toString());

        assertThat(check.status()).isEqualTo(1);
        assertThat(check.output())
                .contains("lacks what the CUDA device needs", "no GPU: ", "no cuBLAS: ")
                .contains("no NVRTC: ");
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "--sizes,4096,'expected ROWSxCOLUMNS, found ''4096'''",
        "--only,everything,'expected tests, bench or baseline, found ''everything'''",
        "--seconds,soon,'expected a number of seconds, found ''soon'''",
        "--baseline,nowhere.py,--baseline: no such file",
        "--fast,,--fast: expected one of the options",
    })
    void wrongOptionIsNamed(String option, String value, String message) throws Exception {
        Ended check = value == null ? run("check", option) : run("check", option, value);

        assertThat(check.status()).isEqualTo(2);
        assertThat(check.output()).contains(message);
    }
}
