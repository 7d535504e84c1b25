package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileRootsTest {

    @TempDir Path directory;
    private Path root;
    private FileRoots roots;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectories(directory.resolve("root"));
        Files.createDirectories(directory.resolve("other"));
        roots = new FileRoots(List.of(root));
    }

    @Test
    void pathsUnderARootAreGiven() throws IOException {
        Files.writeString(root.resolve("a b.txt"), "x");

        assertThat(roots.path(root.resolve("a b.txt").toUri().toString()))
                .isEqualTo(root.toRealPath().resolve("a b.txt"));
        assertThat(roots.path("file://" + root + "/not/yet"))
                .isEqualTo(root.toRealPath().resolve("not/yet"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/other/x", "/root/../other/x", "/root/%2e%2e/other/x", "/rootless"})
    void pathsOutsideAreRefused(String path) {
        assertThatThrownBy(() -> roots.path("file://" + directory + path))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessageContaining("expected a path under one of");
    }

    @Test
    void linksAreFollowed() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), directory.resolve("other"));

        assertThatThrownBy(() -> roots.path("file://" + root + "/link/new"))
                .isInstanceOf(OutsideRootsException.class);
    }

    @Test
    void filesOfAFolderMayNotBeLinksOutOfTheRoots() throws IOException {
        Path folder = Files.createDirectory(root.resolve("model"));
        Path blob = Files.writeString(root.resolve("blob"), "inside");
        Path secret = Files.writeString(directory.resolve("other/secret"), "outside");
        Files.createSymbolicLink(folder.resolve("config.json"), blob);
        Files.createSymbolicLink(folder.resolve("dangling"), directory.resolve("nothing"));
        String uri = "file://" + folder;

        assertThat(roots.folder(uri)).isEqualTo(folder.toRealPath());
        Files.createSymbolicLink(folder.resolve("README.md"), secret);
        assertThatThrownBy(() -> roots.folder(uri))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessageContaining("'README.md' is a link out of them");
        assertThat(new FileRoots(List.of()).folder(uri)).isEqualTo(folder.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://x/y", "/plain", "file://host/x", "file:%zz", ""})
    void otherUrisAreRefused(String uri) {
        assertThatThrownBy(() -> roots.path(uri))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessageContaining("expected a file: URI");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{tenant}/data", "{tenant}", "of-{tenant}/data", "{tenant}/x/{tenant}"})
    void aRootByTenantIsThatOfAllTenants(String configured) throws IOException {
        FileRoots byTenant = new FileRoots(List.of(root.resolve(configured)));

        assertThat(byTenant.path("file://" + root + "/a/data/x"))
                .isEqualTo(root.toRealPath().resolve("a/data/x"));
        assertThatThrownBy(() -> byTenant.path("file://" + directory + "/other/x"))
                .isInstanceOf(OutsideRootsException.class);
    }

    @Test
    void noRootsAllowEverything() {
        assertThat(new FileRoots(List.of()).path("file:///usr")).isEqualTo(Path.of("/usr"));
    }
}
