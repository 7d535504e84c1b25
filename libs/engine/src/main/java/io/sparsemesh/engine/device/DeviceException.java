package io.sparsemesh.engine.device;

/// A device cannot be opened, or one of its operations failed.
public final class DeviceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int status;
    private final boolean lost;

    private DeviceException(
            String operation, int status, boolean lost, String message, Throwable cause) {
        super("[" + operation + "] " + message, cause);
        this.operation = operation;
        this.status = status;
        this.lost = lost;
    }

    /// @param operation what was asked, such as `spotrf` or `open cpu`
    /// @param status the library's own code, 0 where there is none
    /// @param message where, what, expected, found
    public DeviceException(String operation, int status, String message, Throwable cause) {
        this(operation, status, false, message, cause);
    }

    public DeviceException(String operation, int status, String message) {
        this(operation, status, message, null);
    }

    /// A failure after which the device answers nothing any more in this process, as a GPU whose
    /// kernel touched memory that is not its own: only another process can use it.
    public static DeviceException lost(String operation, int status, String message) {
        return new DeviceException(operation, status, true, message, null);
    }

    public String operation() {
        return operation;
    }

    public int status() {
        return status;
    }

    /// Whether the process can do nothing more with the device.
    public boolean isLost() {
        return lost;
    }

    /// Whether `thrown` says that a device is lost, itself or by what caused it or was suppressed.
    public static boolean tellsLoss(Throwable thrown) {
        if (thrown instanceof DeviceException device && device.isLost()) {
            return true;
        }
        for (Throwable suppressed : thrown.getSuppressed()) {
            if (tellsLoss(suppressed)) {
                return true;
            }
        }
        return thrown.getCause() != null && tellsLoss(thrown.getCause());
    }
}
