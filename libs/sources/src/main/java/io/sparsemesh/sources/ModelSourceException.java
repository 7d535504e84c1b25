package io.sparsemesh.sources;

/// A model that cannot be brought here. The message names the URI, the file, what was expected and
/// what was found; never a token.
public final class ModelSourceException extends RuntimeException {

    private final Kind kind;

    /// What went wrong.
    public enum Kind {
        /// The URI is malformed.
        INVALID_URI,
        /// This installation does not fetch from there.
        NOT_ALLOWED,
        /// There is no such repository, revision, bucket or file.
        NOT_FOUND,
        /// The server asks for a token or for other credentials.
        ACCESS_DENIED,
        /// There is something, but no model in safetensors.
        UNUSABLE,
        /// It is not what was pinned any more.
        CHANGED,
        /// Bytes that are not those of the listing, again and again.
        CORRUPT,
        /// The disk, or the limit of the cache, is too small.
        NO_SPACE,
        /// The server does not answer, or answers with errors of its own.
        UNREACHABLE
    }

    /// @param file empty if it is about the model as a whole
    public ModelSourceException(
            Kind kind, String uri, String file, String detail, Throwable cause) {
        super("[%s] %s%s".formatted(shown(uri), file.isEmpty() ? "" : file + ": ", detail), cause);
        this.kind = kind;
    }

    public ModelSourceException(Kind kind, String uri, String file, String detail) {
        this(kind, uri, file, detail, null);
    }

    public Kind kind() {
        return kind;
    }

    /// Whether another attempt, later or elsewhere, may succeed.
    public boolean isRetryable() {
        return kind == Kind.UNREACHABLE;
    }

    private static String shown(String uri) {
        String plain = uri.replaceAll("\\p{Cntrl}", "?");
        return plain.length() > 300 ? plain.substring(0, 300) + "..." : plain;
    }
}
