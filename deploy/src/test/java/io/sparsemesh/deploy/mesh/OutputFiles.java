package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What a job wrote, as this test reads it from the disk.
final class OutputFiles {

    /// Carries times and worker names.
    private static final String REPORT = "sparsemesh-report.json";

    private OutputFiles() {}

    /// SHA-256 by name of every file of an output folder but the report.
    static Map<String, String> digests(Path folder) throws IOException, NoSuchAlgorithmException {
        Map<String, String> digests = new TreeMap<>();
        for (Path file : files(folder)) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            digests.put(file.getFileName().toString(), HexFormat.of().formatHex(digest));
        }
        return digests;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> !f.getFileName().toString().equals(REPORT)).toList();
        }
    }
}
