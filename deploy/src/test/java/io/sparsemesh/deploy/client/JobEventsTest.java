package io.sparsemesh.deploy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.deploy.FakeGateway;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class JobEventsTest {
    private static final String STREAM = "GET /v1/jobs/j1/events";

    private FakeGateway fake;
    private final List<String> seen = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        fake = new FakeGateway();
    }

    @AfterEach
    void stop() {
        fake.close();
    }

    @Test
    void resumesAfterABreakFromTheLastEventItSaw() {
        // Given a stream that breaks twice, once inside an event
        fake.brokenEvents(STREAM, "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: lo")
                .brokenEvents(STREAM, ": heartbeat\n\n")
                .problem(STREAM, 503, "{\"code\":\"STARTING\"}")
                .events(STREAM, "id: 3\ndata: c\n\nevent: end\ndata: {}\n\n");

        // When
        follow(Duration.ofSeconds(20));

        // Then
        assertThat(seen).containsExactly("1:a", "2:b", "3:c");
        assertThat(fake.requests(STREAM).stream().map(r -> r.header("Last-event-id")))
                .containsExactly("", "2", "2", "2");
    }

    @Test
    void givesUpWhenTheGatewayStaysAway() {
        // Given
        fake.brokenEvents(STREAM, "id: 1\ndata: a\n\n");

        // When, Then
        assertThatThrownBy(
                        () ->
                                new JobEvents(gateway(), "j1", Duration.ofSeconds(1))
                                        .follow(
                                                event -> {
                                                    seen.add(event.id());
                                                    fake.close();
                                                }))
                .isInstanceOf(UnreachableException.class);
        assertThat(seen).containsExactly("1");
    }

    @Test
    void aJobThatDoesNotExistIsAProblem() {
        // Given
        fake.problem(STREAM, 404, "{\"code\":\"NOT_FOUND\",\"detail\":\"no job j1\"}");

        // When, Then
        assertThatThrownBy(() -> follow(Duration.ofSeconds(20)))
                .isInstanceOf(ProblemException.class)
                .hasMessage("no job j1");
    }

    @Test
    void sendsTheTokenWithTheStream() {
        // Given
        fake.events(STREAM, "event: end\ndata: {}\n\n");

        // When
        new JobEvents(new Gateway(fake.url(), Optional.of("secret")), "j1", Duration.ZERO)
                .follow(_ -> {});

        // Then
        assertThat(fake.requests(STREAM).getFirst().header("Authorization"))
                .isEqualTo("Bearer secret");
    }

    private void follow(Duration patience) {
        new JobEvents(gateway(), "j1", patience)
                .follow(event -> seen.add(event.id() + ":" + event.data()));
    }

    private Gateway gateway() {
        return new Gateway(fake.url(), Optional.empty());
    }
}
