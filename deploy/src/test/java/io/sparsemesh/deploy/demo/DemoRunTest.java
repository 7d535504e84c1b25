package io.sparsemesh.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.FakeGateway;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.progress.ProgressView;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DemoRunTest {
    private static final String METRICS =
            """
            {"test":{"perplexity":2.1790},"facts":{"acc":0.906,"acc_stderr":0.013},
             "choice":{"acc":1,"acc_stderr":0},"cloze":{"acc":0.998,"acc_stderr":0.002}}""";

    @Test
    void printsOneRowForTheDenseModelAndOneForEachJob() throws IOException {
        // Given a gateway where the last job fails
        try (FakeGateway fake = new FakeGateway()) {
            for (int i = 0; i < 5; i++) {
                fake.json("POST /v1/jobs", 202, "{\"id\":\"j" + i + "\"}")
                        .events("GET /v1/jobs/j" + i + "/events", "event: end\ndata: {}\n\n")
                        .json("GET /v1/jobs/j" + i, 200, job(i))
                        .json("GET /v1/jobs/j" + i + "/layers?pageSize=500", 200, "[]");
            }

            // When
            List<DemoRun.Ended> ended =
                    DemoRun.run(
                            new Gateway(fake.url(), Optional.empty()),
                            Path.of("/demo"),
                            Path.of("/out"),
                            ProgressView.none());

            // Then
            assertThat(ended)
                    .extracting(DemoRun.Ended::succeeded)
                    .containsExactly(true, true, true, true, false);
            assertThat(table(ended).lines().map(line -> line.replaceAll(" +", " ").strip()))
                    .containsExactly(
                            "perplexity facts acc choice acc cloze acc sparsity time",
                            "dense 2.1790 0.906 ± 0.013 1.000 ± 0.000 0.998 ± 0.002 0 % -",
                            row("magnitude-50"),
                            row("magnitude-70"),
                            row("sparsegpt-50"),
                            row("sparsegpt-70"),
                            "sparsegpt-2-4 FAILED - - - - - -");
            assertRequests(fake.requests("POST /v1/jobs"));
        }
    }

    private static void assertRequests(List<FakeGateway.Request> requests) throws IOException {
        assertThat(requests).hasSize(5);
        JsonNode first = Gateway.JSON.readTree(requests.getFirst().body());
        JsonNode last = Gateway.JSON.readTree(requests.getLast().body());
        assertThat(first.at("/evaluation/dense").asBoolean()).isTrue();
        assertThat(first.at("/method/sparsity").asDouble()).isEqualTo(0.5);
        assertThat(last.at("/evaluation/dense").asBoolean()).isFalse();
        assertThat(last.at("/method/pattern").asText()).isEqualTo("2:4");
        assertThat(last.at("/output/uri").asText()).isEqualTo("file:///out/sparsegpt-2-4");
        assertThat(last.at("/calibration/tensor").asText()).isEqualTo("calib");
    }

    private static String job(int i) {
        return i == 4
                ? "{\"id\":\"j4\",\"state\":\"FAILED\"}"
                : """
                {"id":"j%d","state":"SUCCEEDED","startedAt":"2026-01-01T00:00:00Z",
                 "finishedAt":"2026-01-01T00:00:12.5Z",
                 "result":{"sparsity":0.5,"dense":%s,"pruned":%s}}"""
                        .formatted(i, i == 0 ? METRICS : "{}", METRICS);
    }

    private static String row(String name) {
        return name + " 2.1790 0.906 ± 0.013 1.000 ± 0.000 0.998 ± 0.002 50.0 % 12.5 s";
    }

    private static String table(List<DemoRun.Ended> ended) {
        StringWriter text = new StringWriter();
        DemoTable.print(ended, new PrintWriter(text, true));
        return text.toString();
    }
}
