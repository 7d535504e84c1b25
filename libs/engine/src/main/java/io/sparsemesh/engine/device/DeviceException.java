package io.sparsemesh.engine.device;

/// A device cannot be opened, or one of its operations failed.
public final class DeviceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int status;

    /// @param operation what was asked, such as `spotrf` or `open cpu`
    /// @param status the library's own code, 0 where there is none
    /// @param message where, what, expected, found
    public DeviceException(String operation, int status, String message, Throwable cause) {
        super("[" + operation + "] " + message, cause);
        this.operation = operation;
        this.status = status;
    }

    public DeviceException(String operation, int status, String message) {
        this(operation, status, message, null);
    }

    public String operation() {
        return operation;
    }

    public int status() {
        return status;
    }
}
