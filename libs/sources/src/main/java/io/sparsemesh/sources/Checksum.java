package io.sparsemesh.sources;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What a listing says about the bytes of a file.
sealed interface Checksum {

    String hex();

    String name();

    String of(Path file) throws IOException;

    /// Of large files: the object id of Git LFS.
    record Sha256(String hex) implements Checksum {
        @Override
        public String name() {
            return "SHA-256";
        }

        @Override
        public String of(Path file) throws IOException {
            return digest("SHA-256", new byte[0], file);
        }
    }

    /// Of small files: Git's id, SHA-1 over `blob SIZE\0` and the bytes.
    record GitBlob(String hex) implements Checksum {
        @Override
        public String name() {
            return "Git blob id";
        }

        @Override
        public String of(Path file) throws IOException {
            String prefix = "blob " + Files.size(file) + "\0";
            return digest("SHA-1", prefix.getBytes(StandardCharsets.US_ASCII), file);
        }
    }

    private static String digest(String algorithm, byte[] prefix, Path file) throws IOException {
        MessageDigest digest = digest(algorithm);
        digest.update(prefix);
        byte[] buffer = new byte[1 << 17];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
