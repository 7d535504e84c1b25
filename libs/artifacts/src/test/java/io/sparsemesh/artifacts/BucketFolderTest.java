package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.FaultyProxy.Fault;
import io.sparsemesh.artifacts.S3Bucket.State;
import io.sparsemesh.contracts.artifact.FileDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a folder in a bucket takes over from another one, and what is read of it here.
class BucketFolderTest {

    /// The least that S3 takes.
    private static final int PIECE = 5 << 20;

    /// The server tells the moment of the answer as the begin of every upload.
    private static final Duration ANY_AGE = Duration.ofMinutes(-1);

    private static final byte[] BYTES = "weights".getBytes();
    private static final FileDigest FILE =
            new FileDigest("model.safetensors", BYTES.length, Digests.ofBytes(BYTES));

    @TempDir Path folder;

    private FaultyProxy proxy;
    private OutputBuckets buckets;
    private BucketFolder from;
    private BucketFolder to;

    @BeforeEach
    void open() throws IOException {
        proxy = new FaultyProxy(S3Fixture.server().endpoint());
        buckets =
                new OutputBuckets(
                        Set.of(S3Fixture.BUCKET),
                        Optional.of(folder),
                        S3Fixture.settings(proxy.endpoint(), S3Fixture.TIMING));
        from = buckets.folder(S3Fixture.location().toString());
        to = buckets.folder(S3Fixture.location().toString());
    }

    @AfterEach
    void close() throws IOException {
        buckets.close();
        proxy.close();
    }

    @Test
    void fileIsTakenWithTheDigestThatItSaysItHas() {
        from.put(FILE.name(), BYTES);

        to.take(from, FILE);

        assertThat(to.holds(FILE)).isTrue();
        assertThat(to.read(FILE)).hasValue(BYTES);
        assertThat(from.holds(FILE)).as("it is a copy").isTrue();
    }

    @Test
    void whatIsHereAlreadyNeedNotBeThereAnyMore() {
        to.put(FILE.name(), BYTES);

        to.take(from, FILE);

        assertThat(to.holds(FILE)).isTrue();
        assertThat(proxy.count("PUT", "/")).as("writes").isEqualTo(1);
    }

    @Test
    void fileThatIsNeitherHereNorThereIsNamed() {
        from.put(FILE.name(), "others'".getBytes());

        assertThatThrownBy(() -> to.take(from, FILE))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining(to.uri() + "/model.safetensors")
                .hasMessageContaining("expected 7 bytes of sha256 " + FILE.sha256())
                .hasMessageContaining("found it neither here nor at " + from.uri());
        assertThat(to.names()).isEmpty();
    }

    /// Two attempts move the same file, and the other one has just removed the first copy.
    @Test
    void fileThatIsMovedByAnotherAttemptAtTheSameTimeIsHere() {
        from.put(FILE.name(), BYTES);
        AtomicBoolean moved = new AtomicBoolean();
        proxy.spoil(
                call -> {
                    if (call.header("x-amz-copy-source").isPresent() && !moved.getAndSet(true)) {
                        to.put(FILE.name(), BYTES);
                        from.remove(List.of(FILE.name()));
                    }
                    return Optional.empty();
                });

        to.take(from, FILE);

        assertThat(moved).isTrue();
        assertThat(to.holds(FILE)).isTrue();
        assertThat(from.names()).isEmpty();
    }

    @Test
    void lostAnswerOfACopyIsNoFailure() {
        from.put(FILE.name(), BYTES);
        AtomicBoolean met = new AtomicBoolean();
        proxy.spoil(
                call ->
                        call.header("x-amz-copy-source").isPresent() && !met.getAndSet(true)
                                ? Optional.of(new Fault.Unheard())
                                : Optional.empty());

        to.take(from, FILE);

        assertThat(met).isTrue();
        assertThat(to.read(FILE)).hasValue(BYTES);
    }

    @Test
    void serverThatDoesNotCopyIsNamedWithWhatWasAsked() {
        from.put(FILE.name(), BYTES);
        proxy.spoil(
                call ->
                        call.header("x-amz-copy-source").isPresent()
                                ? Optional.of(new Fault.Answer(501, "NotImplemented"))
                                : Optional.empty());

        assertThatThrownBy(() -> to.take(from, FILE))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("CopyObject of " + from.uri())
                .hasMessageContaining("status 501");
    }

    @Test
    void removedFilesAreGoneAndAbsentOnesNoFailure() {
        from.put("a", BYTES);
        from.put("b", BYTES);

        from.remove(List.of("a", "absent"));
        from.remove(List.of());

        assertThat(from.names()).containsExactly("b");
    }

    @Test
    void otherBytesThanExpectedAreNotRead() {
        from.put(FILE.name(), "others'".getBytes());
        from.put("longer", "weights and more".getBytes());

        assertThat(from.read(FILE)).isEmpty();
        assertThat(from.read(new FileDigest("absent", FILE.size(), FILE.sha256()))).isEmpty();
        assertThat(from.read(new FileDigest("longer", FILE.size(), FILE.sha256())))
                .as("only its beginning has the digest")
                .isEmpty();
    }

    @Test
    void answerThatBreaksOffIsAFailureNotAnotherFile() {
        from.put(FILE.name(), BYTES);
        proxy.spoil(
                call ->
                        call.is("GET", FILE.name())
                                ? Optional.of(new Fault.Cut(3))
                                : Optional.empty());

        assertThatThrownBy(() -> from.read(FILE))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining(from.uri() + "/model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(ints = {PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1})
    void largeObjectsAreCopiedInPieces(int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        Path file = Files.write(folder.resolve("large"), bytes);
        S3Bucket source = bucket(from);
        S3Bucket target = bucket(to);
        from.put("large", file, length, Digests.ofFile(file));
        State state = source.head("large").orElseThrow();

        new S3Copy(source, target, PIECE).copy("large", state);

        FileDigest large = new FileDigest("large", length, Digests.ofFile(file));
        assertThat(to.holds(large)).isTrue();
        assertThat(to.read(large)).hasValue(bytes);
        assertThat(target.unfinished(ANY_AGE)).isEmpty();
    }

    private static S3Bucket bucket(BucketFolder folder) {
        return S3Fixture.bucket(S3Fixture.server().endpoint(), S3Location.parse(folder.uri()));
    }
}
