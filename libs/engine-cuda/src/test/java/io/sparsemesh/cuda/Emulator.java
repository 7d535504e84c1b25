package io.sparsemesh.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// A GPU emulated on the host: libraries with CUDA's names and functions, built by `g++` out of the
/// test resources `emulator/`, that run the same sources of kernels. Everything in Java is what
/// runs on a real GPU.
final class Emulator {

    private static final Path FOLDER = Path.of("target", "emulator").toAbsolutePath();

    private static final String REASON = install();

    private Emulator() {}

    /// Whether a real GPU is asked for, by `-Dsparsemesh.test.gpu=true`.
    static boolean isRealGpu() {
        return Boolean.getBoolean("sparsemesh.test.gpu");
    }

    /// Makes `cuda` the emulated GPU, or skips the test where it cannot be built.
    static void use() {
        assumeTrue(REASON.isEmpty(), REASON);
    }

    /// Where its libraries lie.
    static Path folder() {
        return FOLDER;
    }

    private static String install() {
        if (isRealGpu()) {
            return "";
        }
        try {
            Files.createDirectories(FOLDER);
            copy("emulator.h");
            build("libcuda", "libcuda.so.1");
            build("libcublas", "libcublas.so.13");
            build("libnvrtc", "libnvrtc.so.13");
            build("libnvidia-ml", "libnvidia-ml.so.1");
        } catch (IOException e) {
            return "no emulated GPU: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
        System.setProperty("sparsemesh.cuda.libs", FOLDER.toString());
        System.setProperty("sparsemesh.cuda.piece", "65536");
        System.setProperty("sparsemesh.cuda.cache", FOLDER.resolve("cache").toString());
        return "";
    }

    private static Path copy(String name) {
        try (InputStream source = Emulator.class.getResourceAsStream("/emulator/" + name)) {
            Path file = FOLDER.resolve(name);
            Files.copy(source, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void build(String source, String library)
            throws IOException, InterruptedException {
        Path file = copy(source + ".cpp");
        Path log = FOLDER.resolve(source + ".log");
        Process compiler =
                new ProcessBuilder(
                                List.of(
                                        "g++",
                                        "-std=c++17",
                                        "-O2",
                                        "-shared",
                                        "-fPIC",
                                        "-Wl,-soname," + library,
                                        "-o",
                                        FOLDER.resolve(library).toString(),
                                        file.toString(),
                                        "-ldl"))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        if (compiler.waitFor() != 0) {
            throw new IllegalStateException(Files.readString(log, StandardCharsets.UTF_8));
        }
    }
}
