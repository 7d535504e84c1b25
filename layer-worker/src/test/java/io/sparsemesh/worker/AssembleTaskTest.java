package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskOutput.Assembled;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.contracts.task.TaskOutput.Solved;
import io.sparsemesh.engine.corpus.DataException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Output folders: repeated, foreign, broken, falsely claimed; and the report in them.
class AssembleTaskTest {

    @TempDir Path folder;
    private Path output;
    private Jobs.Place place;
    private PlanRunner runner;

    @BeforeEach
    void pruneByMagnitude() throws Exception {
        output = folder.resolve("out");
        place = Jobs.Place.open(1, folder.resolve("store"));
        JobRequest request =
                Jobs.request(
                        Jobs.shared("golden/models/gpt2"),
                        Jobs.method(MethodName.MAGNITUDE, "2:4", Propagation.SEQUENTIAL),
                        null,
                        output);
        runner = new PlanRunner(place.place(), "j", request);
        runner.prune();
    }

    @AfterEach
    void closePlace() {
        if (place != null) {
            place.close();
        }
    }

    private Assembled again(int attempt) throws Exception {
        return (Assembled) runner.run(runner.assemble(), "assemble", attempt);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(output)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void folderHoldsTheCheckpointAndNothingElse() throws IOException {
        assertThat(names()).containsExactly("config.json", "model.safetensors");
        assertThat(runner.assembled().files())
                .extracting(FileDigest::name)
                .containsExactly("config.json", "model.safetensors");
        assertThat(runner.assembled().sparsity()).isEqualTo(0.5);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("out", "store");
    }

    @Test
    void repeatedAttemptKeepsTheFolder() throws Exception {
        Object inode = Files.getAttribute(output.resolve("model.safetensors"), "unix:ino");

        Assembled second = again(2);

        assertThat(second).isEqualTo(runner.assembled());
        assertThat(Files.getAttribute(output.resolve("model.safetensors"), "unix:ino"))
                .isEqualTo(inode);
    }

    /// As when the broker gives a record to two workers: each takes what the other is writing for
    /// left-overs.
    @Test
    void attemptsThatBeginTogetherAllSucceed() throws Exception {
        try (ExecutorService workers = Executors.newFixedThreadPool(3)) {
            for (int round = 0; round < 40; round++) {
                removeOutput();
                CyclicBarrier begin = new CyclicBarrier(3);
                List<Future<Assembled>> attempts = new ArrayList<>();
                for (int worker = 0; worker < 3; worker++) {
                    attempts.add(
                            workers.submit(
                                    () -> {
                                        begin.await();
                                        return again(1);
                                    }));
                }
                for (Future<Assembled> attempt : attempts) {
                    assertThat(attempt.get()).as("round %d", round).isEqualTo(runner.assembled());
                }
            }
        }
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("out", "store");
    }

    private void removeOutput() throws IOException {
        try (Stream<Path> files = Files.list(output)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(output);
    }

    @Test
    void repeatedAttemptReplacesABrokenFolder() throws Exception {
        try (RandomAccessFile file =
                new RandomAccessFile(output.resolve("model.safetensors").toFile(), "rw")) {
            file.seek(file.length() - 5);
            file.write(file.read() ^ 1);
        }

        assertThat(again(2)).isEqualTo(runner.assembled());
    }

    @Test
    void repeatedAttemptAfterTheReportGivesTheSame() throws Exception {
        runner.run(runner.report(), "report", 1);

        assertThat(again(2)).isEqualTo(runner.assembled());
        assertThat(names()).contains("sparsemesh-report.json");
    }

    @Test
    void folderOfSomeoneElseIsRefusedAndLeft() throws Exception {
        Files.writeString(output.resolve("notes.txt"), "mine");

        assertThatThrownBy(() -> again(2))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected no folder yet or an empty one")
                .hasMessageContaining("notes.txt");
        assertThat(output.resolve("notes.txt")).hasContent("mine");
    }

    @Test
    void folderThatAnotherJobMadeIsRefused() {
        PlanRunner other = new PlanRunner(place.place(), "other", runner.request);

        assertThatThrownBy(other::prune).isInstanceOf(DataException.class);
        assertThat(output.resolve("model.safetensors")).exists();
    }

    @Test
    void emptyFolderIsUsed() throws Exception {
        try (Stream<Path> files = Files.list(output)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }

        assertThat(again(2)).isEqualTo(runner.assembled());
    }

    @Test
    void leftOversOfKilledAttemptsAreRemoved() throws Exception {
        Files.delete(output.resolve("config.json"));
        Files.delete(output.resolve("model.safetensors"));
        Path left = Files.createDirectory(folder.resolve(".out.tmp-123"));
        Path half = Files.writeString(left.resolve("model.safetensors"), "half");
        FileTime before = FileTime.from(Instant.now().minusSeconds(20));
        Files.setLastModifiedTime(half, before);
        Files.setLastModifiedTime(left, before);
        Path alive = Files.createDirectory(folder.resolve(".out.tmp-456"));

        again(2);

        assertThat(left).doesNotExist();
        assertThat(alive).exists();
    }

    private AssembleManifest manifest(List<LayerReport> layers) {
        List<Solved> solved =
                runner.outputs.values().stream()
                        .filter(Solved.class::isInstance)
                        .map(Solved.class::cast)
                        .toList();
        return new AssembleManifest(
                runner.job, runner.request, solved.stream().map(Solved::weights).toList(), layers);
    }

    @Test
    void falseClaimAboutZerosIsNamed() {
        List<LayerReport> layers = new ArrayList<>(runner.layers());
        LayerReport l = layers.getFirst();
        layers.set(
                0,
                new LayerReport(
                        l.name(),
                        l.rows(),
                        l.cols(),
                        l.sparsity(),
                        l.zeros() + 1,
                        null,
                        null,
                        null,
                        "",
                        0,
                        0,
                        l.target()));

        assertThatThrownBy(() -> runner.run(runner.assemble(manifest(layers)), "assemble", 2))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining(l.name())
                .hasMessageContaining("expected zeros " + (l.zeros() + 1))
                .hasMessageContaining("found " + l.zeros());
    }

    @Test
    void patternThatDoesNotHoldIsNamed() {
        JobRequest stricter =
                Jobs.request(
                        Jobs.shared("golden/models/gpt2"),
                        Jobs.method(MethodName.MAGNITUDE, "1:4", Propagation.SEQUENTIAL),
                        null,
                        output);
        AssembleManifest claimed = manifest(runner.layers());
        AssembleManifest manifest =
                new AssembleManifest(claimed.job(), stricter, claimed.weights(), claimed.layers());

        assertThatThrownBy(() -> runner.run(runner.assemble(manifest), "assemble", 2))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("expected at most 1 non-zeros from row 0, column 0 on")
                .hasMessageContaining("found 2");
    }

    @Test
    void corruptArtifactIsNamed() throws Exception {
        Solved solved =
                (Solved)
                        runner.outputs.values().stream()
                                .filter(Solved.class::isInstance)
                                .findFirst()
                                .orElseThrow();
        Path file = folder.resolve("store").resolve(solved.weights().key());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        assertThatThrownBy(() -> again(2))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining(solved.weights().key())
                .hasMessageContaining(solved.weights().sha256());
    }

    @Test
    void reportTellsWhatWasDone() throws Exception {
        TaskOutput.Reported reported =
                (TaskOutput.Reported) runner.run(runner.report(), "report", 1);

        byte[] bytes = Files.readAllBytes(output.resolve("sparsemesh-report.json"));
        JsonNode report = MessageCodec.mapper().readTree(bytes);
        assertThat(reported.report().size()).isEqualTo(bytes.length);
        assertThat(report.at("/request/method/pattern").asText()).isEqualTo("2:4");
        assertThat(report.at("/request/model/uri").asText()).startsWith("file:");
        assertThat(report.at("/versions/sparsemesh").asText()).isEqualTo("test");
        assertThat(report.at("/layers")).hasSize(runner.layers().size());
        assertThat(report.at("/layers/0/name").asText()).isNotEmpty();
        assertThat(report.at("/sha256").asText()).isEqualTo(runner.assembled().sha256());
        assertThat(report.at("/files")).hasSize(2);
        assertThat(report.has("calibration")).isFalse();
        assertThat(names())
                .containsExactly("config.json", "model.safetensors", "sparsemesh-report.json");
    }

    private Object identity() throws IOException {
        Path file = output.resolve("sparsemesh-report.json");
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /// Killed while it writes it again, it would leave something in a folder that is done.
    @Test
    void reportThatIsThereIsNotWrittenAgain() throws Exception {
        runner.run(runner.report(), "report", 1);
        Object written = identity();
        Files.createFile(output.resolve(".sparsemesh-report-a1.d1.tmp"));

        runner.run(runner.report(), "report", 1);

        assertThat(identity()).isEqualTo(written);
        assertThat(names())
                .containsExactly("config.json", "model.safetensors", "sparsemesh-report.json");
    }

    @Test
    void reportWithOtherBytesIsWrittenAgain() throws Exception {
        runner.run(runner.report(), "report", 1);
        byte[] bytes = Files.readAllBytes(output.resolve("sparsemesh-report.json"));
        byte[] others = bytes.clone();
        others[bytes.length / 2] ^= 1;
        Files.write(output.resolve("sparsemesh-report.json"), others);

        runner.run(runner.report(), "report", 1);

        assertThat(output.resolve("sparsemesh-report.json")).hasBinaryContent(bytes);
    }

    @Test
    void reportOfAnIncompleteFolderIsRefused() throws Exception {
        Files.delete(output.resolve("model.safetensors"));

        assertThatThrownBy(() -> runner.run(runner.report(), "report", 1))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining("found nothing");
    }
}
