package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Kernels through CUDA's own compiler, where there is one: what the emulated GPU takes, a real one
/// may not.
class CompilersTest {

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "matrix.cu",
                "factor.cu",
                "prune.cu",
                "drop.cu",
                "neural.cu",
                "attention.cu",
                "conjugate.cu",
                "rows.cu"
            })
    void kernelsCompileForTheGpusOfWorkers(String source) throws Exception {
        assumeTrue(isOnPath("nvcc"), "no nvcc");
        Path file = folder.resolve(source);
        Files.writeString(file, Kernels.whole(source), StandardCharsets.UTF_8);

        for (String architecture : List.of("sm_80", "sm_90")) {
            assertThat(compile(file, architecture)).as("%s for %s", source, architecture).isEmpty();
        }
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
    }

    /// What the compiler says if it fails.
    private String compile(Path file, String architecture)
            throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        Process process =
                new ProcessBuilder(
                                "nvcc",
                                "-arch=" + architecture,
                                "-cubin",
                                "-std=c++17",
                                "-o",
                                folder.resolve("kernels.cubin").toString(),
                                file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0 ? "" : Files.readString(log, StandardCharsets.UTF_8);
    }
}
