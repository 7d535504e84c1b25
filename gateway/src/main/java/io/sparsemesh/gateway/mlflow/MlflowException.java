package io.sparsemesh.gateway.mlflow;

/// A tracking server that did not do what it was asked. The message says what was asked, expected
/// and found.
final class MlflowException extends Exception {

    private final String code;

    /// @param code `error_code` of the answer, empty without one
    MlflowException(String message, String code) {
        super(message);
        this.code = code;
    }

    String code() {
        return code;
    }
}
