package io.sparsemesh.deploy.download;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The files of a job's output, by their names below its folder.
///
/// A sweep lists the report of each of its folders; what else lies in one, the report tells.
final class Artifacts {
    static final String REPORT = "sparsemesh-report.json";

    private final Gateway gateway;
    private final String job;
    private final Map<String, FileDigest> files = new LinkedHashMap<>();

    private Artifacts(Gateway gateway, String job) {
        this.gateway = gateway;
        this.job = job;
    }

    /// Reads the list, and the reports of a sweep.
    ///
    /// @return nothing before the job has an output
    /// @throws DownloadException if a name leaves the folder, or a report is not the listed one
    static List<FileDigest> of(Gateway gateway, String job) {
        Artifacts all = new Artifacts(gateway, job);
        gateway.artifacts(job).forEach(file -> all.add("", file));
        all.files.values().stream()
                .filter(file -> file.name().endsWith("/" + REPORT))
                .toList()
                .forEach(all::addReported);
        return new ArrayList<>(all.files.values());
    }

    private void add(String folder, JsonNode file) {
        String name = folder + file.path("name").asText();
        if (!isInside(name)) {
            throw new DownloadException(
                    "job %s: expected names of files below the folder, found '%s'"
                            .formatted(job, name));
        }
        files.putIfAbsent(
                name,
                new FileDigest(name, file.path("size").asLong(), file.path("sha256").asText()));
    }

    private void addReported(FileDigest report) {
        String folder = report.name().substring(0, report.name().length() - REPORT.length());
        for (JsonNode file : read(report).path("files")) {
            add(folder, file);
        }
    }

    private JsonNode read(FileDigest report) {
        try (var answer = gateway.artifact(job, report.name(), 0, report.sha256())) {
            byte[] bytes = answer.body().readAllBytes();
            FileDigest found = FileDigest.of(report.name(), bytes);
            if (!found.sha256().equals(report.sha256())) {
                throw DownloadException.otherFile(report, found);
            }
            return Gateway.JSON.readTree(bytes);
        } catch (IOException e) {
            throw gateway.unreachable(e);
        }
    }

    /// Relative, without a step up, and without what file systems elsewhere take for a separator.
    private static boolean isInside(String name) {
        return !name.isEmpty()
                && !name.contains("\\")
                && !name.contains(":")
                && List.of(name.split("/", -1)).stream()
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    }
}
