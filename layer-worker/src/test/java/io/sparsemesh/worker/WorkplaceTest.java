package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.artifacts.OutsideRootsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkplaceTest {

    @TempDir private Path folder;

    /// Sidecars of a model are copied to outputs, which their owner may download.
    @Test
    void modelWithALinkOutOfTheRootsIsNotOpened() throws IOException {
        Path root = Files.createDirectory(folder.resolve("root"));
        Path model = Files.createDirectory(root.resolve("model"));
        Path secret = Files.writeString(folder.resolve("secret"), "outside");
        Files.createSymbolicLink(model.resolve("README.md"), secret);
        Workplace place = new Workplace(null, null, null, new FileRoots(List.of(root)), null, null);

        assertThatThrownBy(() -> place.model("file://" + model))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessageContaining("'README.md' is a link out of them");
    }
}
