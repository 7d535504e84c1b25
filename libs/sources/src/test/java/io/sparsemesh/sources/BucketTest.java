package io.sparsemesh.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BucketTest {

    private static final String URI = "s3://models/opt";
    private static final String WEIGHTS = "model.safetensors";

    private final byte[] weights = TinyModel.weights(5);

    @TempDir Path cache;
    private FakeBucket bucket;

    /// Where the SDK's default chain looks first.
    @BeforeAll
    static void giveCredentials() {
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test-secret");
    }

    @AfterAll
    static void takeCredentials() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @BeforeEach
    void serve() throws IOException {
        bucket =
                new FakeBucket()
                        .put("opt/config.json", TinyModel.CONFIG)
                        .put("opt/" + WEIGHTS, weights)
                        .put("opt/tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8))
                        .put("opt/pytorch_model.bin", new byte[9])
                        .put("opt/fp16/" + WEIGHTS, new byte[9])
                        .put("optimum/config.json", new byte[9]);
    }

    @AfterEach
    void close() {
        bucket.close();
    }

    private ModelSources sources() {
        SourceSettings none = SourceSettings.none();
        return new ModelSources(
                new SourceSettings(
                        Optional.of(cache),
                        OptionalLong.empty(),
                        none.hub(),
                        new SourceSettings.Buckets(
                                Set.of(FakeBucket.NAME),
                                Optional.of(bucket.endpoint()),
                                Optional.empty(),
                                true),
                        new SourceSettings.Retrying(
                                3, Duration.ofMillis(1), Duration.ofMinutes(1))));
    }

    private String pinned() {
        return sources().pin(URI, Optional.empty()).uri();
    }

    private Kind kindOfFetch(String uri) {
        ModelSourceException fault =
                catchThrowableOfType(ModelSourceException.class, () -> sources().folder(uri));
        assertThat(fault).isNotNull().hasMessageContaining("s3://models/opt");
        assertThat(cache.resolve("models/s3/models/opt"))
                .satisfiesAnyOf(
                        folder -> assertThat(folder).doesNotExist(),
                        folder -> assertThat(folder).isDirectoryNotContaining("glob:**/[0-9a-f]*"));
        return fault.kind();
    }

    @Test
    void modelOfAllPagesIsFetchedWhole() throws IOException {
        String pinned = pinned();
        assertThat(pinned).matches("s3://models/opt#sha256=[0-9a-f]{64}");

        Path folder = sources().folder(pinned);

        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("config.json", WEIGHTS, "tokenizer.json");
        }
        assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void planningFetchesHeadersAlone() {
        Path folder = sources().pin(URI, Optional.empty()).folder();

        assertThat(folder.resolve(WEIGHTS)).hasSize(weights.length);
        assertThat(bucket.ranges()).isNotEmpty().allMatch(r -> r.matches("bytes=[0-9]+-[0-9]+"));
        assertThat(cache.resolve("models")).doesNotExist();
    }

    @Test
    void cutDownloadGoesOnWhereItWasCut() {
        String pinned = pinned();
        int before = bucket.ranges().size();
        bucket.cutNext(100_000);

        assertThat(sources().folder(pinned).resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(bucket.ranges().subList(before, bucket.ranges().size()))
                .hasSize(2)
                .first()
                .isEqualTo("");
        assertThat(bucket.ranges().getLast()).matches("bytes=[1-9][0-9]*-");
    }

    @Test
    void objectsChangedSinceTheyWerePinnedAreRefused() {
        String pinned = pinned();
        bucket.put("opt/" + WEIGHTS, TinyModel.weights(6));

        assertThat(kindOfFetch(pinned)).isEqualTo(Kind.CHANGED);
        assertThatThrownBy(() -> sources().folder(pinned))
                .hasMessageContaining("since the job was submitted");
        assertThat(pinned()).isNotEqualTo(pinned);
    }

    @Test
    void deniedAndAbsentBucketsAreToldApart() {
        String pinned = pinned();
        bucket.deny(403);
        assertThat(kindOfFetch(pinned)).isEqualTo(Kind.ACCESS_DENIED);
        bucket.deny(404);
        assertThat(kindOfFetch(pinned)).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void deadServerIsRetryable() {
        String pinned = pinned();
        bucket.close();

        assertThat(kindOfFetch(pinned)).isEqualTo(Kind.UNREACHABLE);
    }

    private void assertUnusable(String message) {
        ModelSourceException fault =
                catchThrowableOfType(
                        ModelSourceException.class, () -> sources().pin(URI, Optional.empty()));
        assertThat(fault).isNotNull().hasMessage("[" + URI + "] " + message);
        assertThat(fault.kind()).isEqualTo(Kind.UNUSABLE);
    }

    @Test
    void objectThatIsLongerThanItMayBeIsRefusedBeforeItsFirstByte() {
        bucket.pagesOf(100).put("opt/config.json", new byte[(1 << 20) + 1]);

        assertUnusable("config.json: expected at most 1048576 bytes, found 1048577");
        assertThat(bucket.asked()).isEqualTo(1);
    }

    @Test
    void listingOfTooManyPagesIsLeft() {
        for (int i = 0; i < 2_100; i++) {
            bucket.put("opt/x" + i, new byte[0]);
        }

        assertUnusable(
                "expected at most 65536 objects and folders below it, in 1024 pages, found more");
        assertThat(bucket.asked()).isBetween(1_024, 1_026);
    }

    @Test
    void listingOfTooManyObjectsIsLeft() {
        bucket.pagesOf(20_000);
        for (int i = 0; i < 100_000; i++) {
            bucket.put("opt/" + i, new byte[0]);
        }

        assertUnusable(
                "expected at most 65536 objects and folders below it, in 1024 pages, found more");
        assertThat(bucket.asked()).isEqualTo(4);
    }

    @Test
    void listingOfTooManyBytesIsLeft() {
        bucket.pagesOf(1_000);
        for (int i = 0; i < 30_000; i++) {
            bucket.put("opt/" + "x".repeat(900) + i, new byte[0]);
        }

        assertUnusable("expected at most 16777216 bytes as the list of files, found more");
        assertThat(bucket.asked()).isLessThan(20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://models/a/../b",
                "s3://models/../b",
                "s3://models/..",
                "s3://models/a/./b",
                "s3://models/./b",
                "s3://models/a/.",
                "s3://models/a/./",
                "s3://models/.",
                "s3://models/a/.#sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "s3://models//a",
                "s3://models/a%2f..%2fb",
                "s3://models/a\\..\\b",
                "s3://models/a?b",
                "s3://models",
                "s3:models/a",
            })
    void malformedUriIsRefusedUnasked(String uri) {
        ModelSourceException fault =
                catchThrowableOfType(
                        ModelSourceException.class, () -> sources().pin(uri, Optional.empty()));

        assertThat(fault).isNotNull().hasMessageContaining("expected s3://bucket/prefix");
        assertThat(fault.kind()).isEqualTo(Kind.INVALID_URI);
        assertThat(bucket.asked()).isZero();
    }

    @Test
    void bucketOffTheListIsNeverAsked() {
        assertThatThrownBy(() -> sources().pin("s3://others/opt", Optional.empty()))
                .hasMessageContaining("expected one of the allowed buckets [models]")
                .hasMessageContaining("found 'others'");
    }
}
