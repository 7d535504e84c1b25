package io.sparsemesh.contracts.task;

/// Why an attempt failed.
///
/// @param retryable whether another attempt may succeed
/// @param message where, what, expected, found
public record Failure(Kind kind, boolean retryable, String message) {

    /// Longest message that is kept, in characters.
    public static final int MAX_MESSAGE = 2000;

    public Failure {
        if (message.length() > MAX_MESSAGE) {
            message = message.substring(0, MAX_MESSAGE - 1) + "…";
        }
    }

    /// What was wrong.
    public enum Kind {
        /// The checkpoint is broken: missing tensor, non-finite weight, truncated file.
        INVALID_MODEL,
        /// The model's type or an option of its config is not supported.
        UNSUPPORTED_MODEL,
        /// Calibration or evaluation data is missing or unusable.
        INVALID_DATA,
        /// Non-finite activations, or a Gram matrix that no damping makes positive definite.
        NUMERICAL,
        /// The device failed or has too little memory.
        DEVICE,
        /// An artifact or the output cannot be written or read: disk full, wrong digest.
        STORAGE,
        /// The worker stopped sending heartbeats, or the attempt took too long.
        LOST,
        /// A worker let go of the attempt because the job was cancelled.
        ABANDONED,
        /// Anything else: a defect.
        INTERNAL
    }
}
