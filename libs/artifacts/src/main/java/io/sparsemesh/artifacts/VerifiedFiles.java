package io.sparsemesh.artifacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;

/// Remembers digests of files that this process has hashed or written, as long as the very same
/// file is there.
final class VerifiedFiles {

    private static final int CAPACITY = 10_000;

    /// A file's identity: another file renamed to the same path differs in it.
    private record Stamp(Object fileKey, long size, FileTime modified) {}

    private record Hashed(Stamp stamp, String sha256) {}

    private final Map<Path, Hashed> hashed = new LinkedHashMap<>(16, 0.75f, true);

    /// The digest of a file's bytes, from memory if it is unchanged.
    String sha256(Path file) throws IOException {
        return sha256(file, file);
    }

    /// The same of a file that others may remove or replace at any time.
    ///
    /// @param file what it is known by
    /// @param link to the very file, which is read
    String sha256(Path file, Path link) throws IOException {
        Stamp stamp = stamp(link);
        synchronized (hashed) {
            Hashed known = hashed.get(file);
            if (known != null && known.stamp().equals(stamp)) {
                return known.sha256();
            }
        }
        String sha256 = Digests.ofFile(link);
        remember(file, new Hashed(stamp, sha256));
        return sha256;
    }

    /// Takes note of the digest of a file that was just written.
    void remember(Path file, String sha256) throws IOException {
        remember(file, file, sha256);
    }

    /// The same where others may remove or replace the file at any time.
    void remember(Path file, Path link, String sha256) throws IOException {
        remember(file, new Hashed(stamp(link), sha256));
    }

    private void remember(Path file, Hashed entry) {
        synchronized (hashed) {
            hashed.put(file, entry);
            if (hashed.size() > CAPACITY) {
                hashed.remove(hashed.keySet().iterator().next());
            }
        }
    }

    private static Stamp stamp(Path file) throws IOException {
        BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(a.fileKey(), a.size(), a.lastModifiedTime());
    }
}
