package io.sparsemesh.gateway.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.gateway.FakeMlflow;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrackingServerTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final FakeMlflow fake = FakeMlflow.start();
    private final TrackingServer server = open(FakeMlflow.TOKEN);

    private TrackingServer open(String token) {
        return new TrackingServer(fake.url(), Optional.of(token), TIMEOUT);
    }

    @AfterEach
    void close() {
        server.close();
        fake.close();
    }

    private void control(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            client.send(
                    HttpRequest.newBuilder(fake.url().resolve(path)).build(),
                    HttpResponse.BodyHandlers.discarding());
        }
    }

    @Test
    void anExperimentIsMadeOnce() throws Exception {
        String id = server.experiment("one & two");

        assertThat(server.experiment("one & two")).isEqualTo(id);
        assertThat(server.experiment("three")).isNotEqualTo(id);
    }

    /// Another gateway may have made it between the question and the request.
    @Test
    void anExperimentThatAppearsMeanwhileIsTaken() throws Exception {
        String id = server.experiment("e");
        control("/hide-once?name=e");

        assertThat(server.experiment("e")).isEqualTo(id);
    }

    @Test
    void aDeletedExperimentIsNamed() throws Exception {
        server.experiment("old");
        control("/delete-experiment?name=old");

        assertThatThrownBy(() -> server.experiment("old"))
                .isInstanceOf(MlflowException.class)
                .hasMessage("experiment 'old': expected an active one, found it deleted");
    }

    @Test
    void aRefusalIsToldWithoutTheToken() {
        try (TrackingServer stranger = open("wrong")) {
            assertThatThrownBy(() -> stranger.experiment("e"))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("found 401, PERMISSION_DENIED who are you?")
                    .hasMessageNotContaining("wrong");
        }
    }

    @Test
    void whatIsNoTrackingServerIsTold() {
        URI elsewhere = fake.url().resolve("/elsewhere");
        try (TrackingServer wrong = new TrackingServer(elsewhere, Optional.empty(), TIMEOUT)) {
            assertThatThrownBy(() -> wrong.experiment("e"))
                    .hasMessageContaining(
                            "experiments/get-by-name: expected status 200 and JSON, found 404");
        }
    }

    @Test
    void nobodyThereIsTold() {
        URI nobody = URI.create("http://127.0.0.1:1");
        try (TrackingServer away = new TrackingServer(nobody, Optional.empty(), TIMEOUT)) {
            assertThatThrownBy(() -> away.experiment("e"))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("experiments/get-by-name: expected an answer, found");
        }
    }

    /// The fake refuses larger batches, changed parameters and unknown runs, as MLflow does.
    @Test
    void aLargeRunIsLoggedInBatchesAndAgainWithoutHarm() throws Exception {
        Map<String, String> params = new LinkedHashMap<>();
        IntStream.range(0, 250).forEach(i -> params.put("p" + i, "v"));
        List<Run.Metric> metrics = new ArrayList<>();
        IntStream.range(0, 2500).forEach(i -> metrics.add(new Run.Metric("m", i, i)));
        Instant at = Instant.parse("2026-03-01T12:00:00Z");
        Run run =
                new Run("n", "j-1", Run.Status.FINISHED, at, at, Map.of("a", "b"), params, metrics);

        String first = new RunLogger(server).log("e", run);
        String second = new RunLogger(server).log("e", run);

        assertThat(second).isEqualTo(first);
        assertThat(fake.metrics(first)).isEqualTo(2500);
    }
}
