package io.sparsemesh.deploy.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventReaderTest {
    @Test
    void cutsEventsAtEmptyLines() throws IOException {
        // When
        List<ServerEvent> events =
                read("id: 1\nevent: job\ndata: {\"a\":1}\n\nid:2\ndata:one\ndata:two\n\n");

        // Then
        assertThat(events)
                .containsExactly(
                        new ServerEvent("1", "job", "{\"a\":1}"),
                        new ServerEvent("2", "message", "one\ntwo"));
    }

    @Test
    void skipsHeartbeatCommentsAndUnknownFields() throws IOException {
        // When
        List<ServerEvent> events =
                read(": heartbeat\n\n: heartbeat\n\nretry: 10\n\nid: 7\r\ndata: x\r\n\r\n");

        // Then
        assertThat(events).containsExactly(new ServerEvent("7", "message", "x"));
    }

    @Test
    void dropsAnEventThatTheEndCutsOff() throws IOException {
        // When, Then
        assertThat(read("id: 1\ndata: whole\n\nid: 2\ndata: half")).hasSize(1);
    }

    private static List<ServerEvent> read(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<ServerEvent> events = new ArrayList<>();
        try (EventReader reader = new EventReader(new ByteArrayInputStream(bytes))) {
            for (var e = reader.next(); e.isPresent(); e = reader.next()) {
                events.add(e.get());
            }
        }
        return events;
    }
}
