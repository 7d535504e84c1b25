package io.sparsemesh.deploy.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.FakeGateway;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.doctor.Check.Level;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class DoctorTest {
    private static final long GIB = 1L << 30;

    @TempDir Path dir;

    @Test
    void whateverIsNotOkSaysWhatToDo() throws IOException {
        // Given nothing built, and nobody at the gateway
        Patient patient = patient(nobody(), Map.of());

        // When
        List<Check> checks = Doctor.examine(patient);

        // Then
        assertThat(checks)
                .extracting(Check::name)
                .contains(
                        "java",
                        "system",
                        "memory",
                        "services",
                        "kafka files",
                        "postgres files",
                        "libraries",
                        "gpu",
                        "port",
                        "disk",
                        "gateway");
        for (Check check : checks) {
            assertThat(check.found()).as(check.name()).isNotBlank();
            assertThat(check.advice().isEmpty())
                    .as("%s", check)
                    .isEqualTo(check.level() == Level.OK);
        }
    }

    @Test
    void anotherJavaIsAFaultAndAnotherSystemADoubt() {
        // When, Then
        assertThat(MachineChecks.java(25, "/j").level()).isEqualTo(Level.OK);
        assertThat(MachineChecks.java(21, "/j"))
                .extracting(Check::level, Check::found)
                .containsExactly(Level.FAIL, "Java 21 in /j");
        assertThat(MachineChecks.system("Linux", "amd64").level()).isEqualTo(Level.OK);
        assertThat(MachineChecks.system("Mac OS X", "aarch64").level()).isEqualTo(Level.WARN);
        assertThat(MachineChecks.memory(2 * GIB, GIB).level()).isEqualTo(Level.WARN);
        assertThat(MachineChecks.memory(16 * GIB, 0).level()).isEqualTo(Level.OK);
    }

    @Test
    void servicesThatAreNotBuiltAreNamed() {
        // When
        Check check = BuildChecks.services(new Installation(dir));

        // Then
        assertThat(check.level()).isEqualTo(Level.WARN);
        assertThat(check.found())
                .isEqualTo("not built: gateway, scheduler, layer-worker, evaluator");
    }

    @Test
    void theAnswersOfTheCheckingProcessAreReadAmongWarnings() {
        // When
        var answers =
                NativeChecks.answers(
                        "WARNING: incubator\ncpu\tok\tcpu: amd64\ntokenizers\tfault\tno glibc\n");

        // Then
        assertThat(NativeChecks.library("openblas", answers.get("cpu"), ""))
                .isEqualTo(Check.ok("openblas", "cpu: amd64"));
        assertThat(NativeChecks.library("tokenizers", answers.get("tokenizers"), "").level())
                .isEqualTo(Level.FAIL);
        assertThat(NativeChecks.library("x", answers.get("x"), "SIGILL\n").found())
                .endsWith("ended early: SIGILL");
    }

    @ParameterizedTest
    @CsvSource({
        "false, cpu, none, OK, no /dev/nvidia0",
        "true, cpu, none, WARN, could not be asked",
        "false, cuda, none, FAIL, SPARSEMESH_DEVICE asks for cuda",
        "false, cpu, broken, OK, 'processor; libcuda: found none'",
        "false, auto, broken, OK, libcuda: found none",
        "true, auto, broken, WARN, libcuda: found none",
        "false, cuda, broken, FAIL, libcuda: found none; SPARSEMESH_DEVICE asks for cuda",
        "true, cuda, H100, OK, H100",
        "true, cpu, H100, OK, H100; jobs use it with SPARSEMESH_DEVICE=cuda or auto"
    })
    void aGpuIsFoundOrNotWithItsReason(
            boolean hardware, String wanted, String answer, Level level, String text) {
        // Given
        var cuda =
                switch (answer) {
                    case "none" -> Map.<String, NativeChecks.Answer>of();
                    case "broken" ->
                            Map.of("cuda", new NativeChecks.Answer(false, "libcuda: found none"));
                    default -> Map.of("cuda", new NativeChecks.Answer(true, answer));
                };

        // When
        Check check = GraphicsCheck.judge(hardware, wanted, cuda);

        // Then
        assertThat(check.level()).isEqualTo(level);
        assertThat(check.found()).contains(text);
        assertThat(check.advice().isEmpty()).isEqualTo(level == Level.OK);
    }

    @Test
    void aGpuThatIsAskedForButCannotBeUsedIsAFault() {
        // When
        Check check =
                GraphicsCheck.of(patient(nobody(), Map.of("SPARSEMESH_DEVICE", "cuda")), Map.of());

        // Then
        assertThat(check.level()).isEqualTo(Level.FAIL);
        assertThat(check.found()).contains("SPARSEMESH_DEVICE asks for cuda");
        assertThat(check.advice()).isNotEmpty();
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        // Given
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // When, Then
            assertThat(PlaceChecks.port(taken.getLocalPort(), 1).level()).isEqualTo(Level.WARN);
            assertThat(PlaceChecks.port(FreePorts.next(), 1).level()).isEqualTo(Level.OK);
        }
    }

    @ParameterizedTest
    @CsvSource({"100, FAIL", "1000, WARN", "10000, OK"})
    void littleRoomIsADoubtAndNoneAFault(long mebibytes, Level level) {
        // When, Then
        assertThat(PlaceChecks.disk(dir, mebibytes << 20).level()).isEqualTo(level);
    }

    @Test
    void serversThatAreSetAreTried() throws IOException {
        // Given
        String nobody = "127.0.0.1:" + FreePorts.next();
        try (ServerSocket listens = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "jdbc:postgresql://127.0.0.1:" + listens.getLocalPort() + "/x";

            // When, Then
            assertThat(ServerChecks.database(url).level()).isEqualTo(Level.OK);
        }
        assertThat(ServerChecks.database("jdbc:postgresql://" + nobody + "/x").level())
                .isEqualTo(Level.FAIL);
        assertThat(ServerChecks.database("nonsense").level()).isEqualTo(Level.FAIL);
        assertThat(ServerChecks.kafka(nobody))
                .extracting(Check::level, Check::found)
                .containsExactly(Level.FAIL, nobody + " does not answer");
        assertThat(ServerChecks.kafka("no address").level()).isEqualTo(Level.FAIL);
    }

    @Test
    void aStoreThatIsNotSetIsNotLookedFor() {
        // When, Then
        assertThat(StoreChecks.all(patient(nobody(), Map.of()))).isEmpty();
    }

    @Test
    void aStoreInADirectoryIsTriedAndLeftAsItWas() throws IOException {
        // Given
        Path store = Files.createDirectory(dir.resolve("store"));

        // When
        Check there = StoreChecks.directory(store.toString());
        Check notYet = StoreChecks.directory(dir.resolve("a/b").toString());

        // Then
        assertThat(there.level()).as("%s", there).isNotEqualTo(Level.FAIL);
        assertThat(there.found()).startsWith(store + " has room for").endsWith("MiB");
        assertThat(notYet.found()).endsWith("it is not there yet, services make it");
        assertThat(store).isEmptyDirectory();
        assertThat(dir.resolve("a")).doesNotExist();
    }

    @Test
    void aStoreThatCannotBeOneSaysWhatWasExpected() throws IOException {
        // Given
        Path file = Files.createFile(dir.resolve("file"));

        // When, Then
        assertThat(StoreChecks.directory("https://x/y"))
                .extracting(Check::level, Check::found)
                .containsExactly(
                        Level.FAIL,
                        "[SPARSEMESH_STORE]: expected a directory or s3://bucket/prefix, found"
                                + " https://x/y");
        assertThat(StoreChecks.directory(file.toString()))
                .extracting(Check::level, Check::found)
                .containsExactly(
                        Level.FAIL,
                        "[SPARSEMESH_STORE=%s]: expected a directory, found %s, which is none"
                                .formatted(file, file));
        assertThat(StoreChecks.directory("/proc/none"))
                .extracting(Check::level)
                .isEqualTo(Level.FAIL);
    }

    @ParameterizedTest
    @CsvSource({"100, FAIL", "1000, WARN", "10000, OK"})
    void littleRoomForArtifactsIsADoubtAndNoneAFault(long mebibytes, Level level) {
        // Given
        FolderProbe probe = new FolderProbe("store", "SPARSEMESH_STORE", dir);

        // When, Then
        assertThat(probe.room(mebibytes << 20, dir).level()).isEqualTo(level);
    }

    @Test
    void theAnswerOfTheProcessThatAsksABucketIsReadAmongWarnings() {
        // When, Then
        assertThat(StoreChecks.judge("WARNING: x\nstore\tok\ts3://a: listed\t\n"))
                .isEqualTo(Check.ok("store", "s3://a: listed"));
        assertThat(StoreChecks.judge("store\tfault\t[S]: expected x, found y\tdo z\n"))
                .isEqualTo(Check.fail("store", "[S]: expected x, found y", "do z"));
        assertThat(StoreChecks.judge("Error: no main class\n").found())
                .endsWith("ended early: Error: no main class");
    }

    @Test
    void aBucketWithoutTheServicesThatAskItIsADoubtAndACacheIsWanted() {
        // When
        List<Check> checks =
                StoreChecks.all(patient(nobody(), Map.of("SPARSEMESH_STORE", "s3://mesh")));

        // Then
        assertThat(checks).extracting(Check::level).containsExactly(Level.WARN, Level.FAIL);
        assertThat(checks.getLast().found())
                .isEqualTo("[SPARSEMESH_STORE_CACHE]: expected a folder for copies, found nothing");
    }

    @Test
    void aGatewayThatWasNamedMustAnswerAndOneThatWasNotMay() {
        // Given
        URI nobody = nobody();

        // When, Then
        assertThat(GatewayChecks.all(patient(nobody, Map.of())))
                .extracting(Check::level)
                .containsExactly(Level.WARN);
        assertThat(GatewayChecks.all(patient(nobody, Map.of("SPARSEMESH_URL", nobody.toString()))))
                .extracting(Check::level)
                .containsExactly(Level.FAIL);
    }

    @Test
    void aGatewayThatRefusesTheTokenSaysWhichVariableToSet() throws IOException {
        // Given
        try (FakeGateway fake = new FakeGateway()) {
            fake.problem("GET /v1/jobs?pageSize=1", 401, "{\"code\":\"unauthenticated\"}");

            // When
            List<Check> checks = GatewayChecks.all(patient(fake.url(), Map.of()));

            // Then
            assertThat(checks).extracting(Check::level).containsExactly(Level.FAIL);
            assertThat(checks.getFirst().advice()).contains("SPARSEMESH_TOKEN");
        }
    }

    @Test
    void lostWorkersDoNotCount() throws IOException {
        // Given
        List<JsonNode> workers = new ArrayList<>();
        Gateway.JSON
                .readTree(
                        "[{\"role\":\"layer-worker\",\"state\":\"LOST\"},"
                                + "{\"role\":\"evaluator\",\"state\":\"IDLE\"}]")
                .forEach(workers::add);

        // When
        Check check = GatewayChecks.workers(workers);

        // Then
        assertThat(check.level()).isEqualTo(Level.WARN);
        assertThat(check.found()).isEqualTo("layer-workers: 0, evaluators: 1");
    }

    private static URI nobody() {
        return URI.create("http://127.0.0.1:" + FreePorts.next());
    }

    private Patient patient(URI gateway, Map<String, String> environment) {
        return new Patient(
                new Installation(dir),
                FreePorts.next(),
                dir.resolve("not/yet"),
                new Gateway(gateway, Optional.empty()),
                environment);
    }
}
