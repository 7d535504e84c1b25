package io.sparsemesh.artifacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What is free on the disk that a path lies on, or will lie on.
public final class DiskSpace {

    private DiskSpace() {}

    /// Bytes that this process may still write.
    ///
    /// @param path need not exist; the nearest folder above it that does counts
    public static long usable(Path path) throws IOException {
        Path existing = path.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    /// Asks for room before the first byte is written, so that a full disk is found at once and
    /// not after half of the work.
    ///
    /// @param name of what is to be written, for the message
    /// @throws ArtifactException with both numbers if there is less
    public static void require(String name, Path path, long bytes) {
        try {
            long usable = usable(path);
            if (usable < bytes) {
                throw new ArtifactException(
                        name, bytes + " bytes free on its disk", usable + " bytes");
            }
        } catch (IOException e) {
            throw new ArtifactException(name, "given room", e);
        }
    }
}
