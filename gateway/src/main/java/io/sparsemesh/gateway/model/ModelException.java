package io.sparsemesh.gateway.model;

/// A folder that holds no model that could be pruned.
public final class ModelException extends RuntimeException {

    private final String code;

    /// @param code one of [io.sparsemesh.gateway.problem.Code]
    public ModelException(String code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
