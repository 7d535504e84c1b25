package io.sparsemesh.gateway.stream;

import io.quarkus.logging.LoggingFilter;
import java.io.IOException;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/// Keeps out of the log that a client left its stream in the middle of an event, which the
/// framework calls an error, with its stack.
@LoggingFilter(name = "leaving-clients")
public final class LeavingClients implements Filter {

    private static final String STREAMS =
            "org.jboss.resteasy.reactive.server.handlers.PublisherResponseHandler";

    @Override
    public boolean isLoggable(LogRecord entry) {
        return !(STREAMS.equals(entry.getLoggerName()) && entry.getThrown() instanceof IOException);
    }
}
