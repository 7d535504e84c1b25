package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.command.CommandLines;
import io.sparsemesh.deploy.document.DocumentBlocks;
import io.sparsemesh.deploy.document.ShellBlock;
import io.sparsemesh.deploy.verify.FolderVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Those who use a gateway, against a real one: the command line, the Python client, and people who
/// type what the documents say.
class ClientsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Path PYTHON = TestMesh.ROOT.resolve("deploy/clients/python");
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int BLOCK_SECONDS = 180;

    @TempDir static Path home;
    private static TestMesh mesh;
    private static Path work;

    @BeforeAll
    static void start() throws IOException {
        mesh = TestMesh.start(home, 1, 1, List.of(DEMO));
        // Looks like the project's root, but what is written stays here.
        work = Files.createDirectory(home.resolve("work"));
        Files.createSymbolicLink(work.resolve("deploy"), TestMesh.ROOT.resolve("deploy"));
        Files.createSymbolicLink(work.resolve("sparsemesh"), TestMesh.ROOT.resolve("sparsemesh"));
        // The build that runs this test has just built the command line: it must not build again.
        Path stamp = TestMesh.ROOT.resolve("deploy/target/.built");
        Files.deleteIfExists(stamp);
        Files.createFile(stamp);
        Path jar = TestMesh.ROOT.resolve("deploy/target/sparsemesh-deploy-0.1.0-SNAPSHOT.jar");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    @Test
    void theCommandsOfTheDocumentsDoWhatTheySay() throws Exception {
        requireProgram("curl");
        int commands = 0;
        for (String name : List.of("README.md", "docs/guide.md")) {
            for (var block : DocumentBlocks.of(TestMesh.ROOT.resolve(name), "bash")) {
                if (block.isNotRun()) {
                    System.out.println("documents: " + block + " " + block.mark());
                    continue;
                }
                for (ShellBlock.Ran ran : run(block.text())) {
                    String command = ran.command().lines().findFirst().orElseThrow();
                    System.out.printf(
                            "documents: %s status %d: %s%n", block, ran.status(), command);
                    assertThat(ran.status()).as("%s: %s", block, ran).isZero();
                    commands++;
                }
            }
        }
        assertThat(commands).isPositive();
    }

    @Test
    void theRequestsOfTheGuideBecomeCheckpoints() throws Exception {
        Path guide = TestMesh.ROOT.resolve("docs/guide.md");
        for (var block : DocumentBlocks.of(guide, "json")) {
            // Given
            ObjectNode request = JobJson.magnitude(DEMO.resolve("valley-opt"), "0.5", fresh());
            request.putObject("calibration")
                    .put("uri", DEMO.resolve("calibration.txt").toUri().toString())
                    .put("samples", 8)
                    .put("sequenceLength", 64);
            JSON.readTree(inPlace(block.text()))
                    .properties()
                    .forEach(field -> request.set(field.getKey(), field.getValue()));

            // When
            JsonNode job = mesh.client.await(mesh.client.submit(request), LIMIT);

            // Then
            System.out.printf("documents: %s %s%n", block, job.get("state").asText());
            assertThat(job.get("state").asText()).as("%s: %s", block, job).isEqualTo("SUCCEEDED");
        }
    }

    /// The demo's files where they lie, outputs where they may be written.
    private static String inPlace(String json) {
        return json.replace("file:///DEMO/guide-", home.resolve("guide-").toUri().toString())
                .replace("file:///DEMO", DEMO.toUri().toString());
    }

    @Test
    void thePythonClientPassesItsOwnTests() throws Exception {
        requireProgram("python3");

        // When
        ShellBlock.Ran ran = python("-m unittest test_sparsemesh");

        // Then
        assertThat(ran.status()).as(ran.output()).isZero();
        assertThat(ran.output()).containsPattern("Ran [1-9]\\d* tests");
    }

    @Test
    void thePythonClientDoesAllThatTheGatewayCan() throws Exception {
        requireProgram("python3");
        Path folder = Files.createDirectory(home.resolve("python"));
        Path check = TestMesh.ROOT.resolve("deploy/src/test/python/check_client.py");

        // When
        ShellBlock.Ran ran =
                python("%s %s %s %s".formatted(check, mesh.client.gateway(), DEMO, folder));

        // Then
        System.out.println("python client: " + ran.output().strip());
        assertThat(ran.status()).as(ran.output()).isZero();
        assertThat(FolderVerifier.verify(folder.resolve("download")).findings()).isEmpty();
    }

    @Test
    void theExampleOfThePythonClientRuns() throws Exception {
        requireProgram("python3");
        String example = DocumentBlocks.of(PYTHON.resolve("README.md"), "python").getFirst().text();
        Path file = Files.writeString(work.resolve("example.py"), here(example));

        // When
        ShellBlock.Ran ran = python(file.toString());

        // Then
        assertThat(ran.status()).as(ran.output()).isZero();
        assertThat(ran.output()).contains("PRUNING", "SUCCEEDED", "python-download");
        assertThat(FolderVerifier.verify(work.resolve("python-download")).findings()).isEmpty();
    }

    @Test
    void aSweepIsDownloadedFolderByFolder() throws Exception {
        // Given
        ObjectNode request = JobJson.magnitude(DEMO.resolve("valley-opt"), "0.5", fresh());
        ObjectNode method = (ObjectNode) request.get("method");
        method.remove("sparsity");
        method.putArray("targets").addObject().put("sparsity", 0.5);
        method.withArray("targets").addObject().put("pattern", "2:4");
        String id = mesh.client.submit(request);
        assertThat(mesh.client.await(id, LIMIT).get("state").asText()).isEqualTo("SUCCEEDED");
        Path target = home.resolve("sweep");

        // When
        int status =
                CommandLines.create()
                        .execute(
                                "download",
                                id,
                                target.toString(),
                                "--url=" + mesh.client.gateway());

        // Then
        assertThat(status).isZero();
        for (String name : List.of("s50", "2of4")) {
            FolderVerifier.Outcome outcome = FolderVerifier.verify(target.resolve(name));
            assertThat(outcome.findings()).as(name).isEmpty();
            assertThat(outcome.layers()).isEqualTo(24);
        }
    }

    @Test
    void theDoctorFindsThatEverythingWorks() throws Exception {
        // When
        ShellBlock.Ran ran = run("./sparsemesh doctor -o json\n").getFirst();

        // Then
        assertThat(ran.status()).as(ran.output()).isZero();
        JsonNode checks = JSON.readTree(ran.output()).get("checks");
        for (String name :
                List.of("java", "services", "openblas", "tokenizers", "gateway", "workers")) {
            assertThat(checks)
                    .anyMatch(
                            check ->
                                    check.get("name").asText().equals(name)
                                            && check.get("level").asText().equals("OK"));
        }
    }

    @Test
    void errorsOfTheRealGatewaySayWhatToDo() throws Exception {
        // When
        List<ShellBlock.Ran> ran =
                run(
                        """
                        ./sparsemesh get 01k86pjdkl3s60gg8rg7pmp296
                        ./sparsemesh submit --model no-such-folder --sparsity 0.5 --output o
                        ./sparsemesh submit --model deploy/demo/valley-opt --sparsty 0.5
                        """);

        // Then
        assertThat(ran).extracting(ShellBlock.Ran::status).containsOnly(2);
        assertThat(ran.get(0).output()).contains("./sparsemesh list");
        assertThat(ran.get(1).output()).contains("/model/uri", "no-such-folder");
        assertThat(ran.get(2).output()).contains("did you mean '--sparsity'?");
    }

    private static Path fresh() throws IOException {
        return Files.createTempDirectory(home, "out").resolve("job");
    }

    private static ShellBlock.Ran python(String arguments) throws Exception {
        return run("PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=" + PYTHON + " python3 " + arguments)
                .getFirst();
    }

    private static List<ShellBlock.Ran> run(String block) throws Exception {
        Map<String, String> environment =
                Map.of(
                        "SPARSEMESH_URL", mesh.client.gateway().toString(),
                        "JAVA_HOME", System.getProperty("java.home"));
        return ShellBlock.run(here(block), folder(block), environment, BLOCK_SECONDS);
    }

    private static Path folder(String block) {
        return block.contains("unittest") ? PYTHON : work;
    }

    /// With this test's gateway, and for `ID` the job that is newest when the command runs.
    private static String here(String text) {
        String gateway = mesh.client.gateway().toString();
        String newest =
                "$(curl -s '%s/v1/jobs?pageSize=1' | grep -o '\"id\":\"[^\"]*' | cut -d'\"' -f4)"
                        .formatted(gateway);
        return text.replace("http://127.0.0.1:8080", gateway)
                .replaceAll("\\bID\\b", Matcher.quoteReplacement(newest));
    }

    private static void requireProgram(String name) throws IOException, InterruptedException {
        boolean there =
                new ProcessBuilder("bash", "-c", "command -v " + name).start().waitFor() == 0;
        if (!there) {
            System.out.println("skipped: no " + name + " on the path");
        }
        assumeTrue(there, "no " + name + " on the path");
    }
}
