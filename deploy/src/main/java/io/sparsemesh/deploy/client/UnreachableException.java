package io.sparsemesh.deploy.client;

import java.net.URI;

/// Nobody answered where the gateway should be.
public final class UnreachableException extends RuntimeException {
    public UnreachableException(URI gateway, Throwable cause) {
        super("no gateway answers at " + gateway + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
        return cause.getMessage() == null ? "cannot connect" : cause.getMessage();
    }
}
