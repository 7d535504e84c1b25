package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomOptTest {

    private static final RandomOpt SMALL = new RandomOpt(3, 8, 16, 2, 32, 16, Dtype.F16);

    @TempDir Path folder;

    @Test
    void modelHasAsManyBlocksAsAskedFor() throws Exception {
        SMALL.withBlocks(2).write(folder.resolve("model"), 1);

        try (ModelFolder model = ModelFolder.open(folder.resolve("model"))) {
            assertThat(model.config().path("num_hidden_layers").asInt()).isEqualTo(2);
            assertThat(
                            model.tensors().keySet().stream()
                                    .filter(name -> name.endsWith(".fc1.weight")))
                    .containsExactlyInAnyOrder(
                            "model.decoder.layers.0.fc1.weight",
                            "model.decoder.layers.1.fc1.weight");
        }
    }
}
