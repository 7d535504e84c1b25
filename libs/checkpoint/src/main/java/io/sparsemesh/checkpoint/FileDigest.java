package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;

/// Identity of one written file.
///
/// @param name bare file name
/// @param size bytes
/// @param sha256 64 lower-case hexadecimal digits
public record FileDigest(String name, long size, String sha256) {

    private static final int BUFFER = 1 << 17;

    /// Reads `file` and digests it.
    ///
    /// @throws CheckpointException when it cannot be read
    public static FileDigest of(Path file) {
        MessageDigest digest = newSha256();
        long size = 0;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                size += n;
            }
        } catch (IOException e) {
            throw new CheckpointException(
                    file.getFileName().toString(), "", "cannot be read: " + e, e);
        }
        return new FileDigest(file.getFileName().toString(), size, hex(digest));
    }

    /// Digests what a file of that name holds.
    public static FileDigest of(String name, byte[] bytes) {
        MessageDigest digest = newSha256();
        digest.update(bytes);
        return new FileDigest(name, bytes.length, hex(digest));
    }

    /// One digest for a set of files: SHA-256 over the lines `sha256  name\n`, sorted by name.
    /// The same as `sha256sum` of sorted files piped into `sha256sum`.
    public static String overall(Collection<FileDigest> files) {
        MessageDigest digest = newSha256();
        files.stream()
                .sorted(Comparator.comparing(FileDigest::name))
                .map(file -> file.sha256() + "  " + file.name() + "\n")
                .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
        return hex(digest);
    }

    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
