package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {

    @TempDir Path folder;

    @Test
    void aPathThatIsNotThereYetLiesOnItsFoldersDisk() throws IOException {
        long total = Files.getFileStore(folder).getTotalSpace();

        assertThat(DiskSpace.usable(folder.resolve("a/b"))).isBetween(1L, total);
        assertThatCode(() -> DiskSpace.require("x", folder.resolve("a"), 1))
                .doesNotThrowAnyException();
    }

    @Test
    void tooLittleRoomIsRefusedWithBothNumbers() {
        assertThatThrownBy(() -> DiskSpace.require("jobs/j/x", folder, Long.MAX_VALUE))
                .isInstanceOf(ArtifactException.class)
                .hasMessageMatching(
                        "\\[jobs/j/x]: expected 9223372036854775807 bytes free on its disk,"
                                + " found \\d+ bytes");
    }

    @Test
    void aDirectoryStoreAsksTheDiskItLiesOn() {
        ArtifactStore store = new DirectoryArtifactStore(folder);

        assertThatCode(() -> store.requireSpace("a", 1)).doesNotThrowAnyException();
        assertThatThrownBy(() -> store.requireSpace("a", Long.MAX_VALUE))
                .isInstanceOf(ArtifactException.class)
                .hasMessageStartingWith("[a]: expected 9223372036854775807 bytes free");
    }
}
