package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Another program that solves the same problem: a script that takes the same options and prints
/// one JSON line with the same names.
///
/// @param interpreter that runs the script, such as `python3`
record Baseline(String interpreter, Path script) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// @throws IllegalStateException when the program fails or prints no JSON line
    JsonNode run(List<String> options) {
        List<String> command = new ArrayList<>(List.of(interpreter, script.toString()));
        command.addAll(options);
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IllegalStateException(command + ": ended with status " + status);
            }
            return lastLine(command, output);
        } catch (IOException e) {
            throw new IllegalStateException(command + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command + ": interrupted", e);
        }
    }

    private static JsonNode lastLine(List<String> command, String output) throws IOException {
        String line = output.strip().lines().reduce("", (_, last) -> last);
        JsonNode result = line.startsWith("{") ? JSON.readTree(line) : JSON.nullNode();
        if (!result.isObject()) {
            throw new IllegalStateException(
                    "%s: expected a JSON line, found '%s'".formatted(command, line));
        }
        return result;
    }
}
