package io.sparsemesh.engine.device.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFilesTest {

    private static final NativeFiles FILES =
            NativeFiles.in("/io/sparsemesh/engine/device/natives/", List.of("OpenBlas.class"));

    @TempDir private Path cache;

    @Test
    void filesLieInAFolderThatOnlyTheUserMayEnter() throws IOException {
        List<Path> files = FILES.extract(cache);

        Path folder = files.getFirst().getParent();
        assertThat(folder.getParent()).isEqualTo(cache);
        assertThat(folder.getFileName().toString()).matches("[0-9a-f]{64}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        try (var resource = OpenBlas.class.getResourceAsStream("OpenBlas.class")) {
            assertThat(files.getFirst()).hasBinaryContent(resource.readAllBytes());
        }
    }

    @Test
    void fileThatWasChangedIsReplaced() throws IOException {
        Path file = FILES.extract(cache).getFirst();
        byte[] content = Files.readAllBytes(file);
        byte[] changed = content.clone();
        changed[content.length / 2] ^= 1;
        Files.write(file, changed);

        FILES.extract(cache);

        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void folderOpenToOthersIsRefused() throws IOException {
        Path folder = FILES.extract(cache).getFirst().getParent();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> FILES.extract(cache))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("rwxrwxrwx");
    }

    @Test
    void libraryThatIsNotOnTheClassPathIsNamed() {
        NativeFiles missing = NativeFiles.in("/nowhere/", List.of("libmissing.so"));

        assertThatThrownBy(() -> missing.extract(cache))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/nowhere/libmissing.so is not on the class path");
    }
}
