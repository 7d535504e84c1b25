package io.sparsemesh.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The folder of a check: `machine.txt` (`name=value`), `steps.tsv` (name, result, seconds),
/// `NAME.log` of each step and `tests/` with JUnit's reports.
record CheckFolder(Path folder) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// @throws IOException when a file lacks what it should have, naming it
    CheckResults read() throws IOException {
        return new CheckResults(machine(), TestReports.read(folder.resolve("tests")), steps());
    }

    private Map<String, String> machine() throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        for (String line : lines(folder.resolve("machine.txt"))) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                facts.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return facts;
    }

    private List<Step> steps() throws IOException {
        Path file = folder.resolve("steps.tsv");
        List<Step> steps = new ArrayList<>();
        for (String line : lines(file)) {
            String[] fields = line.split("\t");
            if (fields.length != 3) {
                throw new IOException(
                        "%s: expected name, result and seconds, found '%s'".formatted(file, line));
            }
            steps.add(
                    new Step(
                            fields[0],
                            fields[1],
                            Double.parseDouble(fields[2]),
                            printed(fields[0])));
        }
        return steps;
    }

    private List<JsonNode> printed(String step) throws IOException {
        Path log = folder.resolve(step + ".log");
        return Files.exists(log)
                ? lines(log).stream().map(CheckFolder::object).flatMap(Optional::stream).toList()
                : List.of();
    }

    /// Tolerant of bytes that are no UTF-8: native libraries print what they like.
    private static List<String> lines(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    }

    /// A log has other lines too.
    private static Optional<JsonNode> object(String line) {
        if (!line.startsWith("{")) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(line));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // Cut off, or no JSON: the log keeps it.
        }
    }
}
