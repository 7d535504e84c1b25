package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.embedded.s3.LocalS3;
import io.sparsemesh.sources.FakeHub;
import io.sparsemesh.sources.ModelSourceException;
import io.sparsemesh.sources.ModelSourceException.Kind;
import io.sparsemesh.sources.ModelSources;
import io.sparsemesh.sources.SourceSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same series where libraries take names: the workers' roots, the artifact store, the shards
/// that an index names, the names of remote models.
class HostileNamesTest {

    @TempDir private Path folder;
    private Path root;

    @BeforeEach
    void layOut() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
        Files.createDirectory(root.resolve("a"));
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("x.safetensors"), "canary");
        Files.createSymbolicLink(root.resolve("link"), folder);
    }

    private static List<String> names() {
        return HostilePaths.to("outside/x.safetensors").toList();
    }

    /// A worker may take a name for one that the gateway refuses; what counts is where it leads.
    @Test
    void noSourceOfAWorkerLeavesItsRoots() throws IOException {
        FileRoots roots = new FileRoots(List.of(root));
        Path real = root.toRealPath();
        for (String name : names()) {
            try {
                assertThat(roots.path("file:" + root + "/" + name).toRealPath())
                        .as(name)
                        .startsWith(real);
            } catch (OutsideRootsException | java.nio.file.NoSuchFileException e) {
                assertThat(e).as(name).hasMessageNotContaining("canary");
            }
        }
    }

    @Test
    void noKeyOfTheArtifactStoreIsAPath() {
        DirectoryArtifactStore store = new DirectoryArtifactStore(root);
        for (String name : names()) {
            if (name.startsWith("link/") && !name.contains("..")) {
                continue;
            }
            assertThatThrownBy(() -> store.put(name, out -> out.write(1)))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.exists(name))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void noShardLiesOutsideOfItsFolder() throws IOException {
        JsonMapper json = new JsonMapper();
        for (String name : names()) {
            ObjectNode index = json.createObjectNode();
            index.putObject("weight_map").put("x", name);
            Files.writeString(root.resolve("config.json"), "{}", StandardCharsets.UTF_8);
            json.writeValue(root.resolve("model.safetensors.index.json").toFile(), index);

            assertThatThrownBy(() -> ModelFolder.open(root))
                    .as(name)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("expected a bare file name");
        }
    }

    /// One server stands for the Hub and for the bucket's; whatever it is asked, it would tell.
    @Test
    void noNameOfARemoteModelIsAskedForAsAPath() throws IOException {
        List<String> starts =
                List.of("hf://", "hf://tiny/", "hf://tiny/model@", "s3://", "s3://outputs/");
        try (FakeHub server = FakeHub.of(Files.createDirectory(folder.resolve("hub")))) {
            ModelSources sources = sources(server);
            for (String name : names()) {
                if (name.startsWith("link/") && !name.contains("..")) {
                    continue;
                }
                for (String start : starts) {
                    assertThatThrownBy(() -> sources.pin(start + name, Optional.empty()))
                            .as(start + name)
                            .isInstanceOfSatisfying(
                                    ModelSourceException.class,
                                    e -> assertThat(e.kind()).isEqualTo(Kind.INVALID_URI));
                }
            }
            assertThat(server.asked()).isEmpty();
            assertThatThrownBy(() -> sources.pin("s3://outputs/a", Optional.empty()));
            assertThatThrownBy(() -> sources.pin("hf://other/model", Optional.empty()));
            assertThat(server.asked())
                    .anyMatch(path -> path.startsWith("/outputs"))
                    .anyMatch(path -> path.startsWith("/api/models/other/model"));
        }
    }

    private ModelSources sources(FakeHub server) {
        // As other tests of this JVM need them; this server asks for none.
        System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
        return new ModelSources(
                new SourceSettings(
                        Optional.of(folder.resolve("cache")),
                        OptionalLong.empty(),
                        SourceSettings.Hub.of(server.endpoint(), Optional.empty()),
                        new SourceSettings.Buckets(
                                Set.of("outputs"),
                                Optional.of(server.endpoint()),
                                Optional.empty(),
                                true),
                        SourceSettings.Retrying.BRIEF));
    }
}
