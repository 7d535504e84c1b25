package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a machine keeps of a bucket's artifacts.
class FileCacheTest {

    private static final int PIECE = 5 << 20;

    @TempDir Path folder;

    private FaultyProxy proxy;
    private S3Bucket bucket;
    private S3ArtifactStore writer;
    private S3ArtifactStore store;

    @BeforeEach
    void open() throws IOException {
        proxy = new FaultyProxy(S3Fixture.server().endpoint());
        bucket = S3Fixture.bucket(proxy.endpoint(), S3Fixture.location());
        writer = S3Fixture.store(bucket, folder.resolve("writer"), 1L << 40, PIECE);
        store = S3Fixture.store(bucket, cache(), 1000, PIECE);
    }

    @AfterEach
    void close() throws IOException {
        bucket.close();
        proxy.close();
    }

    private Path cache() {
        return folder.resolve("cache");
    }

    private long reads() {
        return proxy.count("GET", "/");
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> files = Files.walk(cache().resolve("objects"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Path copy(ArtifactRef ref) {
        return cache().resolve("objects")
                .resolve(ref.sha256().substring(0, 2))
                .resolve(ref.sha256());
    }

    private ArtifactRef put(int fill, int size) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) fill);
        return writer.put("jobs/a/" + fill, bytes);
    }

    @Test
    void whatWasReadOrWrittenHereIsNotFetchedAgain() throws IOException {
        ArtifactRef ref = put(1, 100);

        store.read(ref);
        store.read(ref);
        S3Fixture.store(bucket, cache(), 1000, PIECE).read(ref);
        writer.read(ref);

        assertThat(reads()).isEqualTo(1);
    }

    @Test
    void thoseUsedLongestAgoGoFirst() throws IOException {
        ArtifactRef first = put(1, 400);
        ArtifactRef second = put(2, 400);
        ArtifactRef third = put(3, 400);
        store.read(first);
        store.read(second);
        used(second, Duration.ofHours(1));
        used(first, Duration.ofHours(2));
        store.read(first);

        store.read(third);

        assertThat(copies()).containsExactlyInAnyOrder(copy(first), copy(third));
    }

    private void used(ArtifactRef ref, Duration ago) throws IOException {
        Files.getFileAttributeView(copy(ref), BasicFileAttributeView.class)
                .setTimes(null, FileTime.from(Instant.now().minus(ago)), null);
    }

    @Test
    void artifactLargerThanTheCacheIsReadAllTheSame() throws IOException {
        ArtifactRef ref = put(1, 1001);

        assertThat(store.read(ref)).hasSize(1001);
        assertThat(store.read(ref)).hasSize(1001);

        assertThat(copies()).isEmpty();
        assertThat(reads()).isEqualTo(2);
    }

    @Test
    void whatIsMappedOrBeingReadOutlivesItsCopy() throws IOException {
        ArtifactRef ref = put(1, 400);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mapped =
                    store.withFile(
                            ref,
                            file -> {
                                Files.delete(copy(ref));
                                store.read(put(2, 900));
                                assertThat(file).hasSize(400);
                                return ArtifactStoreContract.map(file, arena);
                            });
            store.read(put(3, 900));

            assertThat(copies()).hasSize(1);
            assertThat(mapped.byteSize()).isEqualTo(400);
            assertThat(mapped.get(ValueLayout.JAVA_BYTE, 399)).isEqualTo((byte) 1);
        }
    }

    @Test
    void brokenCopyIsFoundByItsDigestAndFetchedAgain() throws IOException {
        ArtifactRef ref = put(1, 100);
        store.read(ref);
        Files.write(copy(ref), new byte[] {7}, StandardOpenOption.WRITE);

        S3ArtifactStore next = S3Fixture.store(bucket, cache(), 1000, PIECE);

        assertThat(next.read(ref)).containsOnly(1);
        assertThat(copy(ref)).hasBinaryContent(writer.read(ref));
        Files.write(copy(ref), new byte[0]);
        assertThat(next.read(ref)).containsOnly(1);
        assertThat(reads()).isEqualTo(3);
    }

    @Test
    void oneOfManyReadersFetches() throws Exception {
        ArtifactRef ref = put(1, 400);
        List<S3ArtifactStore> processes =
                List.of(store, S3Fixture.store(bucket, cache(), 1000, PIECE));
        try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                S3ArtifactStore one = processes.get(i % 2);
                threads.submit(() -> one.read(ref));
            }
        }

        assertThat(reads()).isEqualTo(1);
    }

    @Test
    void nothingIsLeftOfFinishedCalls() throws IOException {
        store.read(put(1, 100));
        store.put("jobs/a/x", new byte[10]);
        assertThatThrownBy(
                        () ->
                                store.put(
                                        "jobs/a/y",
                                        out -> {
                                            throw new IOException("no");
                                        }))
                .isInstanceOf(ArtifactException.class);

        assertThat(cache().resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void leftOversOfKilledProcessesGoByAge() throws IOException {
        FileCache files = new FileCache(cache(), 1000);
        Path young = files.scratch().file("jobs/a/x");
        Path old = files.scratch().file("jobs/a/y");
        Files.write(young, new byte[1]);
        Files.write(old, new byte[1]);
        Files.setLastModifiedTime(
                old.getParent(), FileTime.from(Instant.now().minus(Duration.ofHours(7))));

        new FileCache(cache(), 1000);

        assertThat(young).exists();
        assertThat(old.getParent()).doesNotExist();
    }

    @Test
    void tooLittleRoomIsToldBeforeAnythingIsFetched() {
        assertThatThrownBy(() -> store.requireSpace("jobs/a/x", Long.MAX_VALUE / 2))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[jobs/a/x]")
                .hasMessageContaining("bytes free on its disk");
    }
}
