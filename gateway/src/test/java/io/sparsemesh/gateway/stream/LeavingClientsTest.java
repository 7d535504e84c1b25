package io.sparsemesh.gateway.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LeavingClientsTest {

    private static final String STREAMS =
            "org.jboss.resteasy.reactive.server.handlers.PublisherResponseHandler";

    private static boolean isLogged(String logger, Throwable thrown) {
        LogRecord entry = new LogRecord(Level.SEVERE, "Exception in SSE server handling");
        entry.setLoggerName(logger);
        entry.setThrown(thrown);
        return new LeavingClients().isLoggable(entry);
    }

    @Test
    void aClientThatLeftIsNoErrorAndAllElseIs() {
        assertThat(isLogged(STREAMS, new IOException("Broken pipe"))).isFalse();
        assertThat(isLogged(STREAMS, new IllegalStateException("no such event"))).isTrue();
        assertThat(isLogged(STREAMS, null)).isTrue();
        assertThat(isLogged("io.sparsemesh.gateway.job", new IOException("disk full"))).isTrue();
    }
}
