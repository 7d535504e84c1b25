package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every artifact store does; each implementation extends it.
abstract class ArtifactStoreContract {

    static final String ABC_SHA256 =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir Path directory;

    ArtifactStore store;

    /// An empty store.
    abstract ArtifactStore open() throws IOException;

    /// The same store as a machine opens it that has read nothing yet.
    abstract ArtifactStore elsewhere() throws IOException;

    /// Changes the stored bytes of an artifact behind the store's back.
    abstract void overwrite(String key, byte[] bytes) throws IOException;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void referenceCarriesSizeAndDigest() {
        ArtifactRef ref = store.put("jobs/a/x.json", bytes("abc"));

        assertThat(ref).isEqualTo(new ArtifactRef("jobs/a/x.json", 3, ABC_SHA256));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 3_000_000})
    void bytesComeBackAsWritten(int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);

        ArtifactRef ref = store.put("a/b", bytes);

        assertThat(store.read(ref)).isEqualTo(bytes);
        assertThat(store.withFile(ref, Files::readAllBytes)).isEqualTo(bytes);
        assertThat(elsewhere().withFile(ref, Files::readAllBytes)).isEqualTo(bytes);
    }

    @Test
    void streamFileAndWriterStoreTheSame() throws IOException {
        Path file = Files.write(directory.resolve("source"), bytes("abc"));

        ArtifactRef fromStream = store.put("s", new ByteArrayInputStream(bytes("abc")));
        ArtifactRef fromFile = store.put("f", file);
        ArtifactRef fromWriter = store.putFile("w", path -> written(path, "abc"));

        assertThat(fromStream.sha256()).isEqualTo(ABC_SHA256);
        assertThat(fromFile.sha256()).isEqualTo(ABC_SHA256);
        assertThat(fromWriter).isEqualTo(new ArtifactRef("w", 3, ABC_SHA256));
        assertThat(store.read(fromWriter)).isEqualTo(bytes("abc"));
        assertThat(file).exists();
    }

    @Test
    void writerThatFailsStoresNothing() {
        assertThatThrownBy(
                        () ->
                                store.put(
                                        "k",
                                        out -> {
                                            out.write(1);
                                            throw new IOException("no space");
                                        }))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[k]")
                .hasMessageContaining("no space");
        assertThatThrownBy(
                        () ->
                                store.putFile(
                                        "k",
                                        file -> {
                                            Files.write(file, bytes("ab"));
                                            throw new IllegalStateException("stop");
                                        }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(store.exists("k")).isFalse();
        assertThat(store.list("k")).isEmpty();
    }

    @Test
    void artifactIsInvisibleUntilItIsWhole() {
        store.put(
                "k",
                out -> {
                    out.write(bytes("abc"));
                    out.flush();
                    assertThat(store.exists("k")).isFalse();
                });

        assertThat(store.exists("k")).isTrue();
    }

    @Test
    void changedBytesAreNamed() throws IOException {
        ArtifactRef ref = store.put("jobs/a/x", bytes("abc"));
        assertThat(store.read(ref)).hasSize(3);

        overwrite("jobs/a/x", bytes("abd"));

        ArtifactStore other = elsewhere();
        assertThatThrownBy(() -> other.open(ref))
                .isInstanceOfSatisfying(
                        ArtifactException.class,
                        e -> {
                            assertThat(e.key()).isEqualTo("jobs/a/x");
                            assertThat(e.expected()).contains(ABC_SHA256);
                            assertThat(e.found()).contains(Digests.ofBytes(bytes("abd")));
                        });
    }

    @Test
    void shortenedArtifactIsNamed() throws IOException {
        ArtifactRef ref = store.put("x", bytes("abc"));

        overwrite("x", bytes("ab"));

        ArtifactStore other = elsewhere();
        assertThatThrownBy(() -> other.read(ref))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("expected 3 bytes")
                .hasMessageContaining("found 2 bytes");
    }

    @Test
    void missingArtifactIsNamed() {
        assertThatThrownBy(() -> store.read(new ArtifactRef("gone", 3, ABC_SHA256)))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[gone]")
                .hasMessageContaining("found nothing");
    }

    @Test
    void laterPutReplaces() throws IOException {
        ArtifactRef first = store.put("k", bytes("abc"));
        assertThat(store.read(first)).isEqualTo(bytes("abc"));

        ArtifactRef second = store.put("k", bytes("abd"));

        assertThat(store.read(second)).isEqualTo(bytes("abd"));
        ArtifactStore other = elsewhere();
        assertThat(other.read(second)).isEqualTo(bytes("abd"));
        assertThatThrownBy(() -> other.read(first)).isInstanceOf(ArtifactException.class);
    }

    @Test
    void sameBytesMayBePutAgain() {
        ArtifactRef first = store.put("k", bytes("abc"));

        assertThat(store.put("k", bytes("abc"))).isEqualTo(first);
        assertThat(store.read(first)).isEqualTo(bytes("abc"));
    }

    /// As tensors are read: mapped, then used for as long as a task runs.
    @Test
    void whatIsMappedStaysReadableWhenTheArtifactIsDeleted() {
        ArtifactRef ref = store.put("jobs/a/x", bytes("abc"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = store.withFile(ref, file -> map(file, arena));

            store.deletePrefix("jobs/a");

            assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes("abc"));
        }
    }

    static MemorySegment map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    @Test
    void readerThatFailsNamesTheArtifact() {
        ArtifactRef ref = store.put("k", bytes("abc"));

        assertThatThrownBy(
                        () ->
                                store.withFile(
                                        ref,
                                        _ -> {
                                            throw new IOException("not mine");
                                        }))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[k]")
                .hasMessageContaining("not mine");
    }

    @Test
    void manyWritersOfOneKeyLeaveOneOfTheirArtifacts() throws Exception {
        List<Callable<ArtifactRef>> writers =
                IntStream.range(0, 6)
                        .<Callable<ArtifactRef>>mapToObj(
                                i -> () -> store.put("one", bytes("writer " + i / 2)))
                        .toList();
        List<ArtifactRef> written = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<ArtifactRef> done : threads.invokeAll(writers)) {
                written.add(done.get());
            }
        }

        ArtifactStore other = elsewhere();
        assertThat(written.stream().distinct().filter(ref -> canRead(other, ref))).hasSize(1);
    }

    private static boolean canRead(ArtifactStore store, ArtifactRef ref) {
        try {
            return store.read(ref).length == ref.size();
        } catch (ArtifactException e) {
            return false;
        }
    }

    @Test
    void listIsSortedAndOfWholeParts() {
        store.put("jobs/a/y", bytes("1"));
        store.put("jobs/a/x/z", bytes("2"));
        store.put("jobs/ab/x", bytes("3"));

        assertThat(store.list("jobs/a")).containsExactly("jobs/a/x/z", "jobs/a/y");
        assertThat(store.list("jobs/c")).isEmpty();
        assertThat(store.exists("jobs/a")).isFalse();
    }

    @Test
    void deletePrefixTakesWholePartsOnly() {
        store.put("jobs/a/x", bytes("1"));
        store.put("jobs/a/y/z", bytes("2"));
        store.put("jobs/ab/x", bytes("3"));

        store.deletePrefix("jobs/a");
        store.deletePrefix("jobs/never");

        assertThat(store.list("jobs")).containsExactly("jobs/ab/x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "/", "/a", "a/", "a//b", "..", "a/../b", "../a", ".", "a/.", ".tmp/a", "a/.b",
                "a\\b", "a b", "a\0b", "ä", "-a", "C:/x"
            })
    void malformedKeyIsRefused(String key) {
        assertThatThrownBy(() -> store.put(key, bytes("x")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.exists(key)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.list(key)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.deletePrefix(key))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.read(new ArtifactRef(key, 1, ABC_SHA256)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "../../store", "BA7816BF8F01CFEA414140DE5DAE2223"})
    void malformedDigestIsThatOfNoArtifact(String sha256) {
        store.put("k", bytes("abc"));

        assertThatThrownBy(() -> store.read(new ArtifactRef("k", 3, sha256)))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[k]: expected");
    }

    @Test
    void manyThreadsWriteAndReadAtOnce() throws Exception {
        Callable<Boolean> writeAndRead =
                () -> {
                    String name = "jobs/t/" + Thread.currentThread().threadId() + "/x";
                    try (InputStream in = store.open(store.put(name, bytes(name)))) {
                        return new String(in.readAllBytes(), StandardCharsets.UTF_8).equals(name);
                    }
                };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> done :
                    threads.invokeAll(
                            IntStream.range(0, 32).mapToObj(i -> writeAndRead).toList())) {
                assertThat(done.get()).isTrue();
            }
        }
        assertThat(store.list("jobs/t")).hasSize(32);
    }

    /// Writes a file and gives its digest, as a writer has to.
    static String written(Path file, String text) throws IOException {
        Files.write(file, bytes(text));
        return Digests.ofBytes(bytes(text));
    }
}
