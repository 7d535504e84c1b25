package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.artifacts.DiskSpace;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskTest {

    private static final Path DEMO =
            Path.of("../deploy/demo/valley-opt").toAbsolutePath().normalize();

    @TempDir Path folder;

    @Test
    void anArtifactThatDoesNotFitIsRefusedBeforeItsFirstByte() {
        DirectoryArtifactStore store = new DirectoryArtifactStore(folder);
        List<String> asked = new ArrayList<>();
        TensorSource huge =
                new TensorSource(
                        "gram",
                        Dtype.F32,
                        List.of(1L << 29, 1L << 29),
                        _ -> asked.add("for its bytes"));

        assertThatThrownBy(() -> TensorArtifacts.put(store, "jobs/j/t/gram", List.of(huge)))
                .isInstanceOf(ArtifactException.class)
                .hasMessageMatching(
                        "\\[jobs/j/t/gram]: expected 1152921504606846976 bytes free on its disk,"
                                + " found \\d+ bytes");
        assertThat(asked).isEmpty();
        assertThat(store.list("jobs")).isEmpty();
    }

    @Test
    void anOutputThatDoesNotFitIsRefusedBeforeItsFolderIsMade() throws Exception {
        Path model = largerThanTheDisk(folder.resolve("model"));
        Path output = folder.resolve("out");
        JobRequest request =
                Jobs.request(
                        model,
                        Jobs.method(MethodName.MAGNITUDE, "2:4", Propagation.DENSE, 0, 0),
                        null,
                        output);
        try (Jobs.Place place = Jobs.Place.open(1, folder.resolve("store"))) {
            PlanRunner runner = new PlanRunner(place.place(), "job", request);

            assertThatThrownBy(runner::prune)
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageMatching(
                            ".*out]: expected \\d+ bytes free on its disk, found \\d+ bytes");
        }
        assertThat(output).doesNotExist();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).noneMatch(file -> file.getFileName().toString().contains("tmp"));
        }
    }

    /// The demo model with one more tensor, which takes no room itself as nothing is written
    /// there, but would as a copy.
    private static Path largerThanTheDisk(Path target) throws IOException {
        Files.createDirectories(target);
        Files.copy(DEMO.resolve("config.json"), target.resolve("config.json"));
        ByteBuffer file =
                ByteBuffer.wrap(Files.readAllBytes(DEMO.resolve("model.safetensors")))
                        .order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[Math.toIntExact(file.getLong())];
        file.get(header);
        long end = file.remaining();
        long size = DiskSpace.usable(target) + (1L << 30);
        ObjectNode entries = (ObjectNode) MessageCodec.mapper().readTree(header);
        ObjectNode huge = entries.putObject("huge").put("dtype", "U8");
        huge.putArray("shape").add(size);
        huge.putArray("data_offsets").add(end).add(end + size);
        byte[] larger = entries.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile out =
                new RandomAccessFile(target.resolve("model.safetensors").toFile(), "rw")) {
            out.writeLong(Long.reverseBytes(larger.length));
            out.write(larger);
            out.write(file.array(), file.position(), file.remaining());
            out.setLength(Long.BYTES + larger.length + end + size);
        }
        return target;
    }
}
