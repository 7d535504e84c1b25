package io.sparsemesh.contracts.message;

/// A record that cannot be read, or a message that cannot be published.
public final class MessageException extends RuntimeException {

    public MessageException(String message) {
        super(message);
    }

    public MessageException(String message, Throwable cause) {
        super(message, cause);
    }
}
