package io.sparsemesh.gateway.source;

/// A URI that a request may not name, or that does not name what it should.
public final class SourceException extends RuntimeException {

    private final String code;

    /// @param code one of [io.sparsemesh.gateway.problem.Code]
    /// @param message what was expected and what was found
    public SourceException(String code, String message) {
        super(message);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
