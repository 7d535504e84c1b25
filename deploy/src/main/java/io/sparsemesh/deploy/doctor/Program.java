package io.sparsemesh.deploy.doctor;

import io.sparsemesh.deploy.mesh.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program of a service's libraries that looks at something in a process of its own: because it
/// may end the process, or needs what the command line does without.
///
/// @param module service that is built
/// @param main class to run
record Program(Installation installation, String module, String main) {
    private static final int LIMIT_SECONDS = 60;

    /// All that it prints, or why there is nothing.
    String output(Map<String, String> environment) {
        try {
            Path printed = Files.createTempFile("sparsemesh-doctor", ".txt");
            try {
                return output(environment, printed);
            } finally {
                Files.delete(printed);
            }
        } catch (IOException e) {
            return e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /// @param printed where it prints: nobody reads from a pipe while it is waited for
    private String output(Map<String, String> environment, Path printed)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command())
                        .redirectErrorStream(true)
                        .redirectOutput(printed.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            return "no answer within " + LIMIT_SECONDS + " s";
        }
        return new String(Files.readAllBytes(printed), StandardCharsets.UTF_8);
    }

    private List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                installation.libraries(module) + "/*",
                main);
    }
}
