package io.sparsemesh.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// The most memory of a process that was resident at once.
///
/// @param bytes empty where the system does not tell
public record PeakMemory(OptionalLong bytes) {

    private static final String FIELD = "VmHWM:";

    /// Of a process that still runs; Linux only.
    public static PeakMemory of(long pid) {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        try {
            return new PeakMemory(
                    Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith(FIELD))
                            .mapToLong(PeakMemory::kibibytes)
                            .map(kibibytes -> kibibytes * 1024)
                            .findFirst());
        } catch (IOException notLinux) {
            return new PeakMemory(OptionalLong.empty());
        }
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.substring(FIELD.length()).replace("kB", "").strip());
    }
}
