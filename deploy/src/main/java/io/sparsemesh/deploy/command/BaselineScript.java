package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Another program that does the same work: its last line of output is a JSON object.
final class BaselineScript {
    private BaselineScript() {}

    static JsonNode run(String interpreter, Path script, List<String> options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(interpreter, script.toString()));
        command.addAll(options);
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        String last = output.strip().lines().reduce("", (_, line) -> line);
        if (status != 0 || !last.startsWith("{")) {
            throw new CommandException(
                    ExitCode.INTERNAL,
                    "%s: expected a JSON line, found status %d and '%s'"
                            .formatted(String.join(" ", command), status, last));
        }
        return Gateway.JSON.readTree(last);
    }
}
