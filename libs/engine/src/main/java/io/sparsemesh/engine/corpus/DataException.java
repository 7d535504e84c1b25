package io.sparsemesh.engine.corpus;

/// Calibration or evaluation data that is missing or cannot be used.
public final class DataException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String file;

    /// @param file name of the file
    /// @param message where in it, what, expected, found
    public DataException(String file, String message, Throwable cause) {
        super("[" + file + "] " + message, cause);
        this.file = file;
    }

    public DataException(String file, String message) {
        this(file, message, null);
    }

    public String file() {
        return file;
    }
}
