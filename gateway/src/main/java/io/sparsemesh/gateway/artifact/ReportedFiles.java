package io.sparsemesh.gateway.artifact;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.contracts.artifact.FileDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Finds the files of a sweep's folders: the job lists the report of each folder, and the report
/// the other files of it.
final class ReportedFiles {

    private static final String REPORT = "/sparsemesh-report.json";
    private static final JsonMapper JSON = new JsonMapper();

    private ReportedFiles() {}

    /// Reads a report of the job's output.
    @FunctionalInterface
    interface Reader {

        /// @return nothing if it is not there, or not the one that the job wrote
        Optional<byte[]> read(FileDigest report) throws IOException;
    }

    /// @param listed files that the job lists
    /// @param name such as `s50/config.json`
    /// @return nothing if no listed report names the file, or if the report that should is not the
    ///     one that the job wrote
    static Optional<FileDigest> find(List<FileDigest> listed, String name, Reader reader)
            throws IOException {
        int slash = name.indexOf('/');
        String report = name.substring(0, Math.max(0, slash)) + REPORT;
        for (FileDigest file : listed) {
            if (slash > 0 && file.name().equals(report)) {
                Optional<byte[]> bytes = reader.read(file);
                return bytes.isEmpty()
                        ? Optional.empty()
                        : inReport(bytes.get(), name.substring(slash + 1))
                                .map(found -> new FileDigest(name, found.size(), found.sha256()));
            }
        }
        return Optional.empty();
    }

    /// As a [Reader] for an output in a folder.
    static Optional<byte[]> inFolder(Path folder, FileDigest report) throws IOException {
        Path path = folder.resolve(report.name());
        if (Files.size(path) != report.size()) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(path);
        return Digests.ofBytes(bytes).equals(report.sha256())
                ? Optional.of(bytes)
                : Optional.empty();
    }

    private static Optional<FileDigest> inReport(byte[] bytes, String name) throws IOException {
        for (JsonNode file : JSON.readTree(bytes).path("files")) {
            if (file.path("name").asText().equals(name)) {
                return Optional.of(
                        new FileDigest(
                                name, file.path("size").asLong(), file.path("sha256").asText()));
            }
        }
        return Optional.empty();
    }
}
