package io.sparsemesh.artifacts;

/// A source or output that this process must not touch.
public final class OutsideRootsException extends RuntimeException {

    private final String uri;

    public OutsideRootsException(String uri, String expected, Throwable cause) {
        super("%s: expected %s".formatted(uri, expected), cause);
        this.uri = uri;
    }

    public OutsideRootsException(String uri, String expected) {
        this(uri, expected, null);
    }

    public String uri() {
        return uri;
    }
}
