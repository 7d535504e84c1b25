package io.sparsemesh.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCacheTest {

    private static final Path MODEL =
            Path.of(System.getProperty("sparsemesh.shared"), "models", "stories260K");

    @TempDir Path folder;

    private static void copyModel(Path target, ModelFolderWriter.IfExists ifExists) {
        assumeTrue(Files.isDirectory(MODEL), MODEL + " is not there");
        try (ModelFolder model = ModelFolder.open(MODEL)) {
            ModelFolderWriter.write(model, Map.of(), target, ifExists);
        }
    }

    @Test
    void modelStaysOpenUntilOthersTakeItsPlace() {
        for (String name : new String[] {"a", "b"}) {
            copyModel(folder.resolve(name), ModelFolderWriter.IfExists.REFUSE);
        }
        try (Device device = Devices.open("cpu", 1);
                ModelCache cache = new ModelCache(device, 1, 0)) {
            OpenModel a = cache.open(folder.resolve("a"));
            assertThat(cache.open(folder.resolve("a"))).isSameAs(a);

            cache.open(folder.resolve("b"));

            assertThat(cache.open(folder.resolve("a"))).isNotSameAs(a);
            assertThatThrownBy(() -> a.folder().tensor("model.norm.weight").toFloats())
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void modelThatWasReplacedIsOpenedAgain() {
        Path path = folder.resolve("m");
        copyModel(path, ModelFolderWriter.IfExists.REFUSE);
        try (Device device = Devices.open("cpu", 1);
                ModelCache cache = new ModelCache(device, 2, 0)) {
            OpenModel before = cache.open(path);

            copyModel(path, ModelFolderWriter.IfExists.REPLACE);

            assertThat(cache.open(path)).isNotSameAs(before);
        }
    }

    @Test
    void folderThatIsNoModelIsRefusedEachTime() {
        try (Device device = Devices.open("cpu", 1);
                ModelCache cache = new ModelCache(device, 1, 0)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> cache.open(folder.resolve("none")))
                        .isInstanceOf(CheckpointException.class);
            }
        }
    }
}
