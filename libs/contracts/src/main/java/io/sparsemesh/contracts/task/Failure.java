package io.sparsemesh.contracts.task;

import java.util.Objects;

/// Why an attempt failed.
///
/// @param retryable whether another attempt may succeed
/// @param message where, what, expected, found
/// @param artifact key of an artifact that is gone or has other bytes than its reference says, so
///     that no attempt can succeed until it is made anew; empty if there is none
public record Failure(Kind kind, boolean retryable, String message, String artifact) {

    /// Longest message that is kept, in characters.
    public static final int MAX_MESSAGE = 2000;

    public Failure {
        if (message.length() > MAX_MESSAGE) {
            message = message.substring(0, MAX_MESSAGE - 1) + "…";
        }
        artifact = Objects.requireNonNullElse(artifact, "");
    }

    public Failure(Kind kind, boolean retryable, String message) {
        this(kind, retryable, message, "");
    }

    /// The same, because of an artifact.
    public Failure of(String artifact) {
        return new Failure(kind, retryable, message, artifact);
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
