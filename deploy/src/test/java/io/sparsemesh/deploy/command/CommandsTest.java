package io.sparsemesh.deploy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.FakeGateway;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(60)
class CommandsTest {
    private static final String JOB =
            """
            {"id":"j1","state":"%s","stateReason":"","createdAt":"2026-01-01T00:00:00Z",
             "progress":{"layersDone":2,"layersTotal":2,"percent":100,"etaSeconds":0},
             "request":{"model":{"uri":"file:///m"},"method":{"name":"sparsegpt","pattern":"2:4"}},
             "result":{"outputUri":"file:///out","sha256":"ab","sparsity":0.5,"degraded":["l9"],
                       "pruned":{"test":{"perplexity":2.5}}}}""";
    private static final String LAYERS = "GET /v1/jobs/j1/layers?pageSize=500";
    private static final String EVENTS = "GET /v1/jobs/j1/events";

    @TempDir Path dir;
    private FakeGateway fake;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        fake = new FakeGateway();
    }

    @AfterEach
    void stop() {
        fake.close();
    }

    @Test
    void keysAreMadeListedAndRevoked() throws IOException {
        // Given
        fake.json("POST /v1/keys", 201, "{\"id\": \"k1\", \"key\": \"smk_k1_x\"}");
        fake.json(
                "GET /v1/keys",
                200,
                """
                [{"id": "k1", "name": "ci", "tenant": "a", "scopes": ["read", "write"],
                  "createdAt": "2026-01-01T00:00:00Z", "expiresAt": "2026-04-01T00:00:00Z"}]
                """);
        fake.json("DELETE /v1/keys/k1", 204, "");

        // When
        int made = run("create-key", "ci", "--scope=read", "--scope=write", "--tenant=a");
        int listed = run("keys");
        int revoked = run("revoke-key", "k1");

        // Then
        assertThat(List.of(made, listed, revoked)).containsOnly(0);
        assertThat(tree(fake.requests().getFirst().body()))
                .isEqualTo(
                        tree("{\"name\":\"ci\",\"scopes\":[\"read\",\"write\"],\"tenant\":\"a\"}"));
        assertThat(out.toString())
                .startsWith("smk_k1_x\n")
                .containsPattern("k1 +a +ci +read write +2026-04-01T00:00:00Z +never")
                .endsWith("k1 revoked\n");
    }

    @Test
    void webhookSecretsArePrintedOneALine() {
        // Given
        fake.json(
                "GET /v1/webhook-secrets", 200, "{\"secrets\": [\"whsec_YQ==\", \"whsec_Yg==\"]}");

        // When
        int status = run("webhook-secrets");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString()).isEqualTo("whsec_YQ==\nwhsec_Yg==\n");
    }

    @Test
    void withoutWebhookSecretsTheOperatorIsToldWhereToSetOne() {
        // Given
        fake.json(
                "GET /v1/webhook-secrets",
                404,
                "{\"code\": \"webhook-not-allowed\", \"detail\": \"no webhook secret\"}");

        // When
        int status = run("webhook-secrets");

        // Then
        assertThat(status).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("no webhook secret", "next: set it where the gateway");
    }

    @Test
    void submitMakesARequestFromOptions() throws IOException {
        // Given
        fake.json("POST /v1/jobs", 202, JOB.formatted("VALIDATING"));

        // When
        int status =
                run(
                        "submit",
                        "--model=/m/opt 1",
                        "--pattern=2:4",
                        "--damping=0.02",
                        "--exclude=fc1",
                        "--calibration=/c.txt",
                        "--samples=8",
                        "--sequence-length=64",
                        "--perplexity=wiki=/w.txt",
                        "--task=piqa=s3://b/piqa.jsonl",
                        "--dense",
                        "--output=/out",
                        "--label=team=a",
                        "--idempotency-key=k1");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString()).contains("submitted j1").contains("sparsemesh watch j1");
        FakeGateway.Request request = fake.requests().getFirst();
        assertThat(request.header("Idempotency-key")).isEqualTo("k1");
        assertThat(tree(request.body()))
                .isEqualTo(
                        tree(
                                """
                                {"model":{"uri":"file:///m/opt%201"},
                                 "method":{"name":"sparsegpt","pattern":"2:4",
                                           "damping":0.02,"exclude":["fc1"]},
                                 "calibration":{"uri":"file:///c.txt","samples":8,
                                                "sequenceLength":64},
                                 "evaluation":{"dense":true,
                                   "perplexity":[{"name":"wiki","uri":"file:///w.txt",
                                                  "sequenceLength":64}],
                                   "tasks":[{"name":"piqa","uri":"s3://b/piqa.jsonl"}]},
                                 "output":{"uri":"file:///out"},
                                 "labels":{"team":"a"}}"""));
    }

    @Test
    void submitTakesQuantisationOverridesAndFormat() throws IOException {
        // Given
        fake.json("POST /v1/jobs", 202, JOB.formatted("VALIDATING"));

        // When
        int status =
                run(
                        "submit",
                        "--model=/m",
                        "--sparsity=0.5",
                        "--bits=4",
                        "--group-size=0",
                        "--asymmetric",
                        "--override=re:.*fc2=0.3",
                        "--override=q_proj=2:4",
                        "--min-tokens-per-expert=64",
                        "--few-tokens=report",
                        "--output=/out",
                        "--output-format=sparse-bitmask");

        // Then
        assertThat(status).isZero();
        assertThat(tree(fake.requests().getFirst().body()))
                .isEqualTo(
                        tree(
                                """
                                {"model":{"uri":"file:///m"},
                                 "method":{"name":"sparsegpt","sparsity":0.5,
                                   "minTokensPerExpert":64,"fewTokens":"report",
                                   "quantization":{"bits":4,"groupSize":0,"symmetric":false},
                                   "overrides":{"re:.*fc2":{"sparsity":0.3},
                                                "q_proj":{"pattern":"2:4"}}},
                                 "output":{"uri":"file:///out","format":"sparse-bitmask"}}"""));
    }

    @Test
    void submitSaysHowDataAreTaken() throws IOException {
        // Given
        fake.json("POST /v1/jobs", 202, JOB.formatted("VALIDATING"));

        // When
        int status =
                run(
                        "submit",
                        "--model=/m",
                        "--sparsity=0.5",
                        "--calibration=/c.jsonl",
                        "--calibration-field=body",
                        "--sampler=c4",
                        "--perplexity=wiki=/w.txt",
                        "--protocol=lm-eval",
                        "--dense",
                        "--max-perplexity-ratio=1.5");

        // Then
        assertThat(status).isZero();
        JsonNode request = tree(fake.requests().getFirst().body());
        assertThat(request.get("calibration"))
                .isEqualTo(
                        tree(
                                "{\"uri\":\"file:///c.jsonl\",\"field\":\"body\",\"sampler\":\"c4\"}"));
        assertThat(request.get("evaluation"))
                .isEqualTo(
                        tree(
                                """
                                {"dense":true,"maxPerplexityRatio":1.5,
                                 "perplexity":[{"name":"wiki","uri":"file:///w.txt",
                                                "protocol":"lm-eval"}]}"""));
    }

    @Test
    void aPlanIsShownInFigures() {
        // Given
        fake.json(
                "POST /v1/jobs?validateOnly=true",
                200,
                """
                {"blocks":[0,1],"matched":[{"name":"a"},{"name":"b"},{"name":"c"}],
                 "skipped":[{"name":"lm_head","reason":"excluded"}],
                 "tasks":{"total":5,"byKind":{"CALIBRATE":2,"SOLVE":3}},
                 "bytesRead":3145728,"bytesWritten":1048576,"peakStoreBytes":4194304,
                 "peakMemoryBytes":{"SOLVE":2097152}}""");

        // When
        int status = run("submit", "--model=/m", "--validate-only");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString())
                .contains("prunes    3 linears in 2 blocks", "skips     lm_head: excluded")
                .contains(
                        "tasks     CALIBRATE 2, SOLVE 3",
                        "reads     3 MiB",
                        "store     at most 4 MiB",
                        "memory    SOLVE 2 MiB");
    }

    @Test
    void submitLetsOptionsReplaceWhatTheFileSays() throws IOException {
        // Given
        fake.json("POST /v1/jobs", 202, JOB.formatted("VALIDATING"));
        Path file =
                Files.writeString(
                        dir.resolve("job.json"),
                        "{\"model\":{\"uri\":\"file:///m\"},\"method\":{\"name\":\"magnitude\","
                                + "\"sparsity\":0.5}}");

        // When
        int status = run("submit", file.toString(), "--sparsity=0.7");

        // Then
        assertThat(status).isZero();
        assertThat(tree(fake.requests().getFirst().body()))
                .isEqualTo(
                        tree(
                                "{\"model\":{\"uri\":\"file:///m\"},\"method\":"
                                        + "{\"name\":\"magnitude\",\"sparsity\":0.7}}"));
    }

    @Test
    void aRefusalNamesEveryFieldAndWhatToDo() {
        // Given
        fake.problem(
                "POST /v1/jobs",
                422,
                """
                {"type":"about:blank","title":"Invalid","status":422,"code":"INVALID_REQUEST",
                 "detail":"2 fields are wrong","errors":[
                   {"pointer":"/method/sparsity","detail":"expected below 1, found 1.5"},
                   {"pointer":"/modle","detail":"unknown field, did you mean model?"}]}""");

        // When
        int status = run("submit", "--model=/m", "--sparsity=1.5");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "refused (422 INVALID_REQUEST): 2 fields are wrong",
                        "  /method/sparsity: expected below 1, found 1.5",
                        "  /modle: unknown field, did you mean model?",
                        "next: correct this and send it again");
    }

    @ParameterizedTest
    @CsvSource({"SUCCEEDED,0", "DEGRADED,0", "FAILED,3", "CANCELLED,4"})
    void waitingEndsWithTheStatusOfTheJob(String state, int expected) {
        // Given
        fake.json("POST /v1/jobs", 202, JOB.formatted("VALIDATING"))
                .events(EVENTS, "id: 1\nevent: job\ndata: {}\n\nevent: end\ndata: {}\n\n")
                .json("GET /v1/jobs/j1", 200, JOB.formatted(state))
                .json(
                        LAYERS,
                        200,
                        "{\"items\":[{\"name\":\"l\",\"block\":0,\"state\":\"SUCCEEDED\"}]}");

        // When
        int status = run("submit", "--model=/m", "--wait");

        // Then
        assertThat(status).isEqualTo(expected);
        assertThat(err.toString()).contains("job j1  block 0 done").contains("job j1  " + state);
        assertThat(out.toString())
                .contains("state     " + state)
                .contains("output    file:///out")
                .contains("pruned    test perplexity 2.5000")
                .contains("degraded  l9");
    }

    @Test
    void watchWritesEventsAsLinesOfJson() throws IOException {
        // Given
        fake.events(EVENTS, "id: 4\nevent: layers\ndata: {\"x\":1}\n\nevent: end\ndata: {}\n\n")
                .json("GET /v1/jobs/j1", 200, JOB.formatted("SUCCEEDED"))
                .json(LAYERS, 200, "{\"items\":[]}");

        // When
        int status = run("watch", "j1", "-o", "json");

        // Then
        assertThat(status).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(tree(lines.get(0)))
                .isEqualTo(tree("{\"id\":\"4\",\"event\":\"layers\",\"data\":{\"x\":1}}"));
        assertThat(tree(lines.get(1)).path("state").asText()).isEqualTo("SUCCEEDED");
    }

    @Test
    void layersAreReadPageByPage() {
        // Given
        twoPagesOfLayers();

        // When
        int status = run("layers", "j1");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString().lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsExactly(
                        "NAME BLOCK STATE TRY WORKER SPARSITY ERROR DAMPING TOKENS MS",
                        "a.q 0 SUCCEEDED 1 w1 0.5000 1.230e-02 0.0100 512 20",
                        "a.k 0 PENDING");
    }

    @Test
    void tablesCanBeCommaSeparatedWithEveryField() {
        // Given
        twoPagesOfLayers();

        // When
        int status = run("layers", "j1", "-o", "csv");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "name,block,state,attempt,worker,sparsity,relativeError,dampingUsed,tokens,millis",
                        "a.q,0,SUCCEEDED,1,w1,0.5,0.0123,0.01,512,20",
                        "a.k,0,PENDING,,,,,,,");
        assertThat(run("get", "j1", "-o", "csv")).isEqualTo(2);
    }

    private void twoPagesOfLayers() {
        fake.json(
                        LAYERS,
                        200,
                        """
                        {"items":[{"name":"a.q","block":0,"state":"SUCCEEDED","attempt":1,
                         "worker":"w1","sparsity":0.5,"relativeError":0.0123,"dampingUsed":0.01,
                         "tokens":512,"millis":20}],"nextPageToken":"p 2"}""")
                .json(
                        LAYERS + "&pageToken=p%202",
                        200,
                        "{\"items\":[{\"name\":\"a.k\",\"block\":0,\"state\":\"PENDING\"}]}");
    }

    @Test
    void listFiltersAndPrintsATable() {
        // Given
        fake.json(
                "GET /v1/jobs?state=FAILED&label.team=a&pageSize=51",
                200,
                "{\"items\":[" + JOB.formatted("FAILED") + "]}");

        // When
        int status = run("list", "--state=FAILED", "--label=team=a");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString()).contains("j1").contains("2/2").contains("sparsegpt 2:4");
    }

    @Test
    void getCanWaitForAChange() throws IOException {
        // Given
        fake.json("GET /v1/jobs/j1?wait=30s", 200, JOB.formatted("QUEUED"));

        // When
        int status = run("get", "j1", "--wait=30", "-o", "json");

        // Then
        assertThat(status).isZero();
        assertThat(tree(out.toString())).isEqualTo(tree(JOB.formatted("QUEUED")));
    }

    @Test
    void inspectSendsAPathAsUri() {
        // Given
        fake.json(
                "GET /v1/models/inspect?uri=file%3A%2F%2F%2Fm",
                200,
                """
                {"uri":"file:///m","family":"opt","blocks":4,"prunable":true,"groups":[
                 {"name":"qkv","inputs":4,"linears":[{"name":"h.{b}.q","shape":[8,4]}]}],
                 "otherLinears":[{"name":"lm_head","reason":"not in a block"}]}""");

        // When
        int status = run("inspect", "/m");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString()).contains("opt").contains("h.{b}.q").contains("lm_head");
        assertThat(out.toString()).containsPattern("prunable +yes");
    }

    @Test
    void cancelAndRetryGiveTheNewState() {
        // Given
        fake.json("POST /v1/jobs/j1:cancel", 202, "{\"id\":\"j1\",\"state\":\"CANCELLING\"}")
                .json("POST /v1/jobs/j1:retry", 202, "{\"id\":\"j1\",\"state\":\"QUEUED\"}");

        // When
        assertThat(run("cancel", "j1")).isZero();
        assertThat(run("retry", "j1")).isZero();
        assertThat(run("retry", "j1", "--damping=0.1")).isZero();

        // Then
        assertThat(out.toString().lines())
                .containsExactly("j1 CANCELLING", "j1 QUEUED", "j1 QUEUED");
        assertThat(fake.requests().stream().map(request -> request.body()))
                .containsExactly("", "", "{\"damping\":0.1}");
    }

    @Test
    void workersAreListed() {
        // Given
        fake.json(
                "GET /v1/workers",
                200,
                "[{\"name\":\"w1\",\"role\":\"layer-worker\",\"device\":\"cpu\","
                        + "\"memoryBytes\":1073741824,\"currentTask\":\"j1/solve\"}]");

        // When
        assertThat(run("workers")).isZero();

        // Then
        assertThat(out.toString()).contains("w1").contains("1024").contains("j1/solve");
    }

    @Test
    void nobodyAnsweringIsStatusFive() {
        // When
        int status = execute("get", "j1", "--url=http://127.0.0.1:" + FreePorts.next());

        // Then
        assertThat(status).isEqualTo(5);
        assertThat(err.toString()).contains("no gateway answers at").contains("sparsemesh dev");
    }

    @Test
    void anAnswerThatIsNoJsonIsExplained() {
        // Given
        fake.text("GET /v1/jobs/j1", 502, "<html>bad gateway</html>");

        // When
        int status = run("get", "j1");

        // Then
        assertThat(status).isEqualTo(5);
        assertThat(err.toString()).contains("502").contains("is this a Sparsemesh gateway?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "prune", "get", "submit", "submit missing.json", "dev --workers=0"})
    void wrongUsageIsStatusTwo(String line) {
        // When
        int status = execute(line.isEmpty() ? new String[0] : line.split(" "));

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).isNotBlank();
    }

    @Test
    void theBrokerIsNotOnTheClassPath() {
        // When, Then
        assertThat(CommandsTest.class.getClassLoader().getResource("kafka/Kafka.class")).isNull();
    }

    private int run(String... args) {
        List<String> line = new ArrayList<>(List.of(args));
        line.add("--url=" + fake.url());
        return execute(line.toArray(String[]::new));
    }

    private int execute(String... args) {
        CommandLine line = CommandLines.create();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(args);
    }

    private static JsonNode tree(String json) throws IOException {
        return Gateway.JSON.readTree(json);
    }
}
