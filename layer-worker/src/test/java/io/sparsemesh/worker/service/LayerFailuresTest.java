package io.sparsemesh.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Failure.Kind;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.taskqueue.FailureMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerFailuresTest {

    @TempDir Path folder;

    private static final FailureMapping TABLE = LayerFailures.table();

    @Test
    void aLostDeviceFailsTheTaskForNowAndEndsTheProcess() {
        DeviceException lost = DeviceException.lost("launch prune", 700, "illegal address");

        assertThat(TABLE.failure(lost))
                .isEqualTo(new Failure(Kind.DEVICE, true, "[launch prune] illegal address"));
        assertThat(TABLE.endsProcess(lost)).isTrue();
    }

    @Test
    void aFullDeviceFailsTheTaskForNowAndTheProcessGoesOn() {
        DeviceException full = new DeviceException("cuMemAlloc", 2, "expected 8 bytes");

        assertThat(TABLE.failure(full))
                .isEqualTo(new Failure(Kind.DEVICE, true, "[cuMemAlloc] expected 8 bytes"));
        assertThat(TABLE.endsProcess(full)).isFalse();
    }

    @Test
    void anArtifactThatIsGoneIsNamed() {
        ArtifactRef ref = new ArtifactRef("jobs/j/t/a1.d1/weights.safetensors", 1, "ab");
        ArtifactStore store = new DirectoryArtifactStore(folder);

        Throwable gone = catchThrowable(() -> store.read(ref));

        assertThat(TABLE.failure(gone))
                .extracting(Failure::kind, Failure::retryable, Failure::artifact)
                .containsExactly(Kind.STORAGE, true, ref.key());
    }

    @Test
    void anArtifactWithOtherBytesIsNamed() throws IOException {
        ArtifactStore store = new DirectoryArtifactStore(folder);
        ArtifactRef ref = store.put("jobs/j/t/a1.d1/weights.safetensors", new byte[] {1, 2});
        Files.write(folder.resolve(ref.key()), new byte[] {1, 3});

        Throwable other = catchThrowable(() -> store.read(ref));

        assertThat(TABLE.failure(other).artifact()).isEqualTo(ref.key());
    }

    @Test
    void aDiskThatIsFullDamagesNothing() {
        ArtifactException full = new ArtifactException("jobs/j", "8 bytes free", "7");

        assertThat(TABLE.failure(full))
                .isEqualTo(new Failure(Kind.STORAGE, true, full.getMessage()));
    }
}
