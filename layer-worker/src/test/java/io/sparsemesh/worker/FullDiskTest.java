package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.worker.tensor.TensorArtifacts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskTest {

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
}
