package io.sparsemesh.artifacts;

import io.sparsemesh.contracts.artifact.ArtifactRef;

/// An artifact is missing, is not what its reference says, or cannot be read or written.
public final class ArtifactException extends RuntimeException {

    /// Stands for the digest of bytes that nobody has read: their number is wrong already.
    static final String UNREAD = "another digest";

    private final String key;
    private final String expected;
    private final String found;
    private final boolean damaged;

    /// @param key key of the artifact
    /// @param expected what its reference says
    /// @param found what lies there
    public ArtifactException(String key, String expected, String found) {
        this(key, expected, found, false);
    }

    private ArtifactException(String key, String expected, String found, boolean damaged) {
        super("[%s]: expected %s, found %s".formatted(key, expected, found));
        this.key = key;
        this.expected = expected;
        this.found = found;
        this.damaged = damaged;
    }

    /// @param operation what was attempted, such as `written`
    public ArtifactException(String key, String operation, Exception cause) {
        super("[%s]: cannot be %s: %s".formatted(key, operation, cause), cause);
        this.key = key;
        this.expected = operation;
        this.found = cause.toString();
        this.damaged = false;
    }

    /// No artifact has the reference's key.
    static ArtifactException missing(ArtifactRef ref) {
        return new ArtifactException(ref.key(), text(ref.size(), ref.sha256()), "nothing", true);
    }

    /// The bytes are not those of the reference.
    static ArtifactException other(ArtifactRef ref, long size, String sha256) {
        return new ArtifactException(
                ref.key(), text(ref.size(), ref.sha256()), text(size, sha256), true);
    }

    /// What lies, or should lie, somewhere.
    static String text(long size, String sha256) {
        return "%d bytes of sha256 %s".formatted(size, sha256);
    }

    /// Whether the artifact is gone or has other bytes than its reference says: reading it again
    /// does not help.
    public boolean isDamaged() {
        return damaged;
    }

    public String key() {
        return key;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
