package io.sparsemesh.artifacts;

/// An artifact is missing, is not what its reference says, or cannot be read or written.
public final class ArtifactException extends RuntimeException {

    private final String key;
    private final String expected;
    private final String found;

    /// @param key key of the artifact
    /// @param expected what its reference says
    /// @param found what lies there
    public ArtifactException(String key, String expected, String found) {
        super("[%s]: expected %s, found %s".formatted(key, expected, found));
        this.key = key;
        this.expected = expected;
        this.found = found;
    }

    /// @param operation what was attempted, such as `written`
    public ArtifactException(String key, String operation, Exception cause) {
        super("[%s]: cannot be %s: %s".formatted(key, operation, cause), cause);
        this.key = key;
        this.expected = operation;
        this.found = cause.toString();
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
