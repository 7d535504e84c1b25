package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;

class DirectoryArtifactStoreTest extends ArtifactStoreContract {

    @Override
    ArtifactStore open() {
        return new DirectoryArtifactStore(root());
    }

    @Override
    ArtifactStore elsewhere() {
        return open();
    }

    @Override
    void overwrite(String key, byte[] bytes) throws IOException {
        Path other = Files.write(directory.resolve("other"), bytes);
        Files.move(other, root().resolve(key), StandardCopyOption.REPLACE_EXISTING);
    }

    private Path root() {
        return directory.resolve("store");
    }

    @Test
    void bytesChangedInPlaceAreNoticed() throws IOException {
        ArtifactRef ref = store.put("x", bytes("abc"));
        store.read(ref);

        Path file = root().resolve("x");
        Files.write(file, bytes("abd"));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(2)));

        assertThatThrownBy(() -> store.read(ref)).isInstanceOf(ArtifactException.class);
    }

    /// Files and directories that the JVM forced to the disk meanwhile.
    private static List<String> forcedBy(Runnable action) throws IOException {
        Path file = Files.createTempFile("forced", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withoutThreshold();
            recording.start();
            action.run();
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .map(event -> event.getString("path"))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void whatADurableStoreHasTakenIsOnTheDisk() throws IOException {
        assertThat(forcedBy(() -> store.put("jobs/a/x", bytes("abc"))))
                .anyMatch(path -> path.startsWith(root().resolve(".tmp").toString()))
                .contains(
                        root().toString(),
                        root().resolve("jobs").toString(),
                        root().resolve("jobs/a").toString());
    }

    @Test
    void anotherLeavesTheDiskToTheSystem() throws IOException {
        ArtifactStore other = new DirectoryArtifactStore(root(), false);

        assertThat(forcedBy(() -> other.put("jobs/a/x", bytes("abc")))).isEmpty();
        assertThat(store.list("jobs")).containsExactly("jobs/a/x");
    }

    @Test
    void otherProcessesSeeTheArtifact() {
        ArtifactRef ref = store.put("jobs/a/x", bytes("abc"));

        assertThat(new DirectoryArtifactStore(root()).read(ref)).isEqualTo(bytes("abc"));
    }

    @Test
    void leftOversOfKilledProcessesAreInvisibleAndGoByAge() throws IOException {
        Path young = Files.write(root().resolve(".tmp/young"), bytes("a"));
        Path old = Files.write(root().resolve(".tmp/old"), bytes("a"));
        Path oldTree = Files.createDirectories(root().resolve(".tmp/tree/sub"));
        Files.write(oldTree.resolve("x"), bytes("a"));
        FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
        Files.setLastModifiedTime(old, longAgo);
        Files.setLastModifiedTime(oldTree.getParent(), longAgo);
        store.put("jobs/a", bytes("a"));

        ArtifactStore next = new DirectoryArtifactStore(root());

        assertThat(next.list("jobs")).containsExactly("jobs/a");
        assertThat(young).exists();
        assertThat(old).doesNotExist();
        assertThat(oldTree.getParent()).doesNotExist();
    }

    @Test
    void nothingIsLeftInTheTemporaryDirectory() throws IOException {
        store.put("jobs/a/x", bytes("a"));
        store.putFile("jobs/a/y", file -> written(file, "b"));
        store.deletePrefix("jobs/a");

        assertThat(root().resolve(".tmp")).isEmptyDirectory();
    }

    @Test
    void keyBelowAnArtifactIsRefused() {
        store.put("a", bytes("x"));

        assertThatThrownBy(() -> store.put("a/b", bytes("y")))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[a/b]");
    }
}
