package io.sparsemesh.gateway.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.gateway.access.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantRootsTest {

    private static final Tenant A = new Tenant("a");
    private static final Tenant B = new Tenant("b");

    @TempDir Path folder;

    private TenantRoots roots;
    private String file;

    @BeforeEach
    void fileOfTenantA() throws IOException {
        Path real = folder.toRealPath();
        Files.createDirectories(real.resolve("a/data"));
        Files.createDirectories(real.resolve("b/data"));
        Files.createDirectories(real.resolve("shared"));
        file = "file://" + Files.writeString(real.resolve("a/data/text.txt"), "x");
        List<String> configured = List.of(real + "/{tenant}/data", real + "/shared");
        roots = new TenantRoots(() -> Optional.of(configured));
    }

    @Test
    void aFileBelowARootByTenantIsThatTenantsAlone() {
        assertThat(roots.of(A).existing(file, "missing")).isEqualTo(Path.of(file.substring(7)));
        assertThatThrownBy(() -> roots.of(B).existing(file, "missing"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("/b/data")
                .hasMessageNotContaining("/a/data,");
    }

    @Test
    void noPathLeadsFromOneToTheOther() {
        String detour = file.replace("/a/data", "/b/data/../../a/data");

        assertThatThrownBy(() -> roots.of(B).existing(detour, "missing"))
                .isInstanceOf(SourceException.class);
    }

    @Test
    void aRootWithoutTenantIsForAll() throws IOException {
        String shared =
                "file://" + Files.writeString(folder.toRealPath().resolve("shared/x.txt"), "x");

        assertThat(roots.of(A).existing(shared, "missing"))
                .isEqualTo(roots.of(B).existing(shared, "missing"));
    }

    @Test
    void outputsGoToTheTenantsOwnRoot() {
        assertThat(roots.of(B).first()).endsWith(Path.of("b/data"));
    }
}
