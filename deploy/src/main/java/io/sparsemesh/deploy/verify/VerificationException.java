package io.sparsemesh.deploy.verify;

/// A folder cannot be verified at all.
public final class VerificationException extends RuntimeException {
    VerificationException(String message) {
        super(message);
    }
}
