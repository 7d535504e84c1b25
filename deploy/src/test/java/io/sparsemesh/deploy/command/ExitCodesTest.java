package io.sparsemesh.deploy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.FakeGateway;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// Every command, with every exit status that it can end with before a job has.
@Timeout(60)
class ExitCodesTest {

    /// Commands that ask the gateway, with arguments that are right.
    private static final Map<String, String> REMOTE =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("submit", "submit --model=/m"),
                            Map.entry("list", "list"),
                            Map.entry("get", "get j1"),
                            Map.entry("watch", "watch j1"),
                            Map.entry("layers", "layers j1"),
                            Map.entry("evaluations", "evaluations j1"),
                            Map.entry("events", "events j1"),
                            Map.entry("cancel", "cancel j1"),
                            Map.entry("retry", "retry j1"),
                            Map.entry("delete", "delete j1"),
                            Map.entry("download", "download j1 no-such-folder"),
                            Map.entry("inspect", "inspect /m"),
                            Map.entry("workers", "workers"),
                            Map.entry("keys", "keys"),
                            Map.entry("create-key", "create-key ci --scope=read"),
                            Map.entry("revoke-key", "revoke-key k1"),
                            Map.entry("webhook-secrets", "webhook-secrets")));

    /// Those that do without, and a wrong use of each that no parser sees.
    private static final Map<String, String> LOCAL =
            Map.of(
                    "dev", "dev --workers=0",
                    "demo", "demo --workers=x",
                    "verify", "verify",
                    "expand", "expand only-one",
                    "mask", "mask only-one",
                    "doctor", "doctor --port=x",
                    "completion", "completion fish");

    @TempDir Path dir;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    static Stream<String> remote() {
        return REMOTE.values().stream();
    }

    static Stream<String> remoteOfOneJob() {
        return remote().filter(line -> line.contains(" j1"));
    }

    static Stream<String> names() {
        return Stream.concat(REMOTE.keySet().stream(), LOCAL.keySet().stream());
    }

    static Stream<String> wrongUses() {
        return LOCAL.values().stream();
    }

    @Test
    void everyCommandIsInTheseTables() {
        // When
        TreeSet<String> commands = new TreeSet<>();
        CommandLines.create()
                .getSubcommands()
                .forEach(
                        (name, line) -> {
                            if (!line.getCommandSpec().usageMessage().hidden()) {
                                commands.add(name);
                            }
                        });

        // Then
        assertThat(names()).containsExactlyInAnyOrderElementsOf(commands);
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyCommandTakesJsonAndExplainsItself(String name) {
        // When
        int status = execute(name, "--help");

        // Then
        assertThat(status).isZero();
        assertThat(out.toString()).contains("-o, --format").contains("sparsemesh " + name);
    }

    @ParameterizedTest
    @MethodSource("names")
    void anUnknownOptionIsTwoWithTheNearestName(String name) {
        // When
        int status = execute(name, "--formta=json");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "unknown option '--formta', did you mean '--format'?",
                        "next: `./sparsemesh " + name + " --help` shows how");
    }

    @ParameterizedTest
    @MethodSource("wrongUses")
    void wrongArgumentsAreTwo(String line) {
        // When
        int status = execute(line.split(" "));

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).isNotBlank().doesNotContain("\tat ");
    }

    @Test
    void devOnAPortThatIsTakenIsTwo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int status = execute("dev", "--port=" + taken.getLocalPort());

            assertThat(status).isEqualTo(2);
            assertThat(err.toString())
                    .contains(taken.getLocalPort() + " of 127.0.0.1 is taken")
                    .contains("next: choose another by --port");
        }
    }

    @ParameterizedTest
    @MethodSource("remote")
    void nobodyAnsweringIsFive(String line) throws IOException {
        // When
        int status = execute((line + " -o json --url=" + nobody()).split(" "));

        // Then
        assertThat(status).isEqualTo(5);
        assertThat(out.toString()).isEmpty();
        JsonNode error = Gateway.JSON.readTree(err.toString()).path("error");
        assertThat(error.path("exitCode").asInt()).isEqualTo(5);
        assertThat(error.path("message").asText()).contains("no gateway answers at");
        assertThat(error.path("next").asText()).contains("is `./sparsemesh dev` running?");
    }

    @ParameterizedTest
    @MethodSource("remoteOfOneJob")
    void anUnknownJobIsTwoAndPointsToTheList(String line) throws IOException {
        // Given a gateway that knows no path
        try (FakeGateway fake = new FakeGateway()) {
            // When
            int status = execute((line + " --url=" + fake.url()).split(" "));

            // Then
            assertThat(status).isEqualTo(2);
            assertThat(err.toString())
                    .startsWith("refused (404 NOT_FOUND)")
                    .contains("next: `./sparsemesh list` shows the jobs there are");
            assertThat(fake.requests()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"PRUNING,2,watch j1", "FAILED,3,get j1", "CANCELLED,4,get j1"})
    void aDownloadOfAJobWithoutOutputSaysWhy(String state, int expected, String next)
            throws IOException {
        // Given
        try (FakeGateway fake = new FakeGateway()) {
            fake.json("GET /v1/jobs/j1/artifacts", 200, "[]")
                    .json("GET /v1/jobs/j1", 200, "{\"id\":\"j1\",\"state\":\"" + state + "\"}");

            // When
            int status =
                    execute("download", "j1", dir.resolve("o").toString(), "--url=" + fake.url());

            // Then
            assertThat(status).isEqualTo(expected);
            assertThat(err.toString()).contains("is " + state + " and has no output", next);
        }
    }

    @Test
    void aDownloadNeverOverwritesWhatIsNoOutput() {
        // When
        int status = execute("download", "j1", dir.getParent().toString(), "--replace");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).contains("this one is no job's output");
    }

    @Test
    void everyPageIsListedWithLimitNought() throws IOException {
        // Given
        try (FakeGateway fake = new FakeGateway()) {
            fake.json(
                            "GET /v1/jobs?pageSize=500",
                            200,
                            "{\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"nextPageToken\":\"t\"}")
                    .json(
                            "GET /v1/jobs?pageSize=500&pageToken=t",
                            200,
                            "{\"items\":[{\"id\":\"c\"}]}");

            // When
            int status = execute("list", "--limit=0", "-o", "json", "--url=" + fake.url());

            // Then
            assertThat(status).isZero();
            assertThat(Gateway.JSON.readTree(out.toString()).findValuesAsText("id"))
                    .containsExactly("a", "b", "c");
        }
    }

    @Test
    void anUnknownCommandIsTwoWithTheNearestName() {
        // When
        int status = execute("wathc", "j1");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).startsWith("unknown command 'wathc', did you mean 'watch'?");
    }

    @Test
    void eventsAreLinesOfTextOrJson() throws IOException {
        // Given
        try (FakeGateway fake = new FakeGateway()) {
            fake.events(
                    "GET /v1/jobs/j1/events",
                    "id: 8\ndata: {\"seq\":8,\"type\":\"job.changed\","
                            + "\"at\":\"2026-01-01T00:00:00.123456Z\",\"data\":{\"state\":\"QUEUED\","
                            + "\"reason\":\"\",\"layers\":[1,2]}}\n\nevent: end\ndata: {}\n\n");

            // When
            int status = execute("events", "j1", "--after=7", "--url=" + fake.url());

            // Then
            assertThat(status).isZero();
            assertThat(out.toString().strip())
                    .isEqualTo("8  2026-01-01T00:00:00Z  job.changed        state=QUEUED layers=2");
            assertThat(fake.requests().getFirst().header("Last-event-id")).isEqualTo("7");
        }
    }

    @Test
    void theCompletionCompletesCommandsAndOptionsInBash() throws Exception {
        // Given
        execute("completion", "bash");
        String script = out.toString();

        // When
        List<String> commands = complete(script, "./sparsemesh", "wa");
        List<String> options = complete(script, "./sparsemesh", "submit", "--spars");

        // Then
        assertThat(commands).containsExactly("watch");
        assertThat(options).containsExactly("--sparsity");
    }

    private static List<String> complete(String script, String... words) throws Exception {
        String call =
                "%s\nCOMP_WORDS=(%s)\nCOMP_CWORD=%d\n_complete_sparsemesh\n"
                                .formatted(script, String.join(" ", words), words.length - 1)
                        + "printf '%s\\n' \"${COMPREPLY[@]}\"";
        Process bash =
                new ProcessBuilder("bash", "-c", call)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<String> lines = new ArrayList<>(bash.inputReader().lines().toList());
        assertThat(bash.waitFor()).isZero();
        return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    private static String nobody() {
        return "http://127.0.0.1:" + FreePorts.next();
    }

    private int execute(String... args) {
        CommandLine line = CommandLines.create();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(args);
    }
}
