package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3ArtifactStoreTest extends ArtifactStoreContract {

    private static final long PLENTY = 1L << 40;

    /// The least that S3 takes.
    private static final int PIECE = 5 << 20;

    /// The server tells the moment of the answer as the begin of every upload.
    private static final Duration ANY_AGE = Duration.ofMinutes(-1);

    private final S3Location location = S3Fixture.location();
    private final S3Bucket bucket = S3Fixture.bucket(S3Fixture.server().endpoint(), location);
    private int machines;

    @Override
    ArtifactStore open() throws IOException {
        return S3Fixture.store(bucket, directory.resolve("cache"), PLENTY, PIECE);
    }

    @Override
    ArtifactStore elsewhere() throws IOException {
        Path cache = directory.resolve("cache-" + ++machines);
        return S3Fixture.store(bucket, cache, PLENTY, PIECE);
    }

    @Override
    void overwrite(String key, byte[] bytes) {
        S3Fixture.overwrite(bucket, key, bytes);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1})
    void largeArtifactsGoInPieces(int length) throws IOException {
        ArtifactRef ref = store.put("jobs/a/large", random(length));

        assertThat(elsewhere().read(ref)).isEqualTo(random(length));
        assertThat(bucket.unfinished(ANY_AGE)).isEmpty();
    }

    @Test
    void largeArtifactIsReplacedAsAWhole() throws IOException {
        store.put("k", random(PIECE + 1));

        ArtifactRef second = store.put("k", random(PIECE + 2));

        assertThat(elsewhere().read(second)).isEqualTo(random(PIECE + 2));
    }

    @Test
    void otherProcessesSeeTheArtifact() throws IOException {
        ArtifactRef ref = store.put("jobs/a/x", bytes("abc"));

        assertThat(elsewhere().read(ref)).isEqualTo(bytes("abc"));
    }

    @Test
    void artifactsOfOtherPrefixesAreNotSeen() throws IOException {
        store.put("jobs/a/x", bytes("abc"));
        S3Bucket next =
                S3Fixture.bucket(S3Fixture.server().endpoint(), S3Location.parse(location + "0"));
        ArtifactStore other = S3Fixture.store(next, directory.resolve("other"), PLENTY, PIECE);

        assertThat(other.list("jobs")).isEmpty();
        assertThat(other.exists("jobs/a/x")).isFalse();
    }

    /// A killed writer leaves an upload that nobody completes.
    @Test
    void unfinishedUploadIsInvisibleAndCanBeFoundAndAborted() throws IOException {
        Path file = directory.resolve("large");
        Files.write(file, random(PIECE + 1));
        String upload = bucket.begin("jobs/a/large", "0".repeat(64));
        Piece piece = new Piece(file, 0, PIECE);
        bucket.part("jobs/a/large", upload, 1, piece.md5(), piece.body());

        assertThat(store.exists("jobs/a/large")).isFalse();
        assertThat(store.list("jobs")).isEmpty();
        assertThat(bucket.unfinished(Duration.ofDays(1))).isEmpty();
        assertThat(bucket.unfinished(ANY_AGE)).hasSize(1);

        ((S3ArtifactStore) store).abortUnfinished(ANY_AGE);

        assertThat(bucket.unfinished(ANY_AGE)).isEmpty();
    }

    @Test
    void wholePagesOfArtifactsAreListedAndDeleted() {
        IntStream.range(0, 1003)
                .parallel()
                .forEach(i -> overwrite("jobs/many/%04d".formatted(i), bytes("x")));

        assertThat(store.list("jobs/many")).hasSize(1003).isSorted();
        store.deletePrefix("jobs/many");

        assertThat(store.list("jobs")).isEmpty();
    }
}
