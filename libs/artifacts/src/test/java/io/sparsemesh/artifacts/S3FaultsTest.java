package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.FaultyProxy.Call;
import io.sparsemesh.artifacts.FaultyProxy.Fault;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The store against a server that fails, falls silent, or breaks off.
@Timeout(60)
class S3FaultsTest {

    private static final long PLENTY = 1L << 40;
    private static final int PIECE = 5 << 20;
    private static final Duration ANY_AGE = Duration.ofMinutes(-1);
    private static final Fault BUSY = new Fault.Answer(503, "SlowDown");

    @TempDir Path folder;

    private FaultyProxy proxy;
    private S3Bucket bucket;
    private S3ArtifactStore store;
    private int machines;

    @BeforeEach
    void open() throws IOException {
        proxy = new FaultyProxy(S3Fixture.server().endpoint());
        bucket = S3Fixture.bucket(proxy.endpoint(), S3Fixture.location());
        store = machine();
    }

    @AfterEach
    void close() throws IOException {
        bucket.close();
        proxy.close();
    }

    private S3ArtifactStore machine() throws IOException {
        return S3Fixture.store(bucket, folder.resolve("m" + ++machines), PLENTY, PIECE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /// The first calls of that kind meet the fault.
    private static Function<Call, Optional<Fault>> first(
            int calls, String method, String part, Fault fault) {
        AtomicInteger met = new AtomicInteger();
        return call ->
                call.is(method, part) && met.getAndIncrement() < calls
                        ? Optional.of(fault)
                        : Optional.empty();
    }

    @Test
    void burstsOfServerErrorsPass() throws IOException {
        proxy.spoil(first(2, "PUT", "/k", BUSY));
        ArtifactRef ref = store.put("k", bytes("abc"));
        assertThat(proxy.count("PUT", "/k")).isEqualTo(3);

        proxy.spoil(first(2, "GET", "/k", new Fault.Answer(500, "InternalError")));
        assertThat(machine().read(ref)).isEqualTo(bytes("abc"));
        assertThat(proxy.count("GET", "/k")).isEqualTo(3);
    }

    @Test
    void serverThatStaysBrokenIsNamedWithWhatWasAsked() throws IOException {
        ArtifactStore hasty = hasty(Duration.ofSeconds(10), Duration.ofMinutes(1));
        proxy.spoil(call -> Optional.of(BUSY));

        assertThatThrownBy(() -> hasty.put("k", bytes("abc")))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[k]: cannot be written")
                .hasMessageContaining("PutObject of " + bucket.location().uri("k"))
                .hasMessageContaining("status 503 SlowDown");
        assertThat(proxy.calls()).hasSize(3);
        assertThatThrownBy(() -> hasty.deletePrefix("k")).hasMessageContaining("ListObjectsV2");
    }

    private S3ArtifactStore hasty(Duration attempt, Duration call) throws IOException {
        S3Settings.Timing timing =
                new S3Settings.Timing(Duration.ofSeconds(5), attempt, attempt, call, 3);
        S3Bucket same = S3Fixture.bucket(proxy.endpoint(), bucket.location(), timing);
        return S3Fixture.store(same, folder.resolve("hasty"), PLENTY, PIECE);
    }

    @Test
    void silenceEndsWithTheTimeLimitOfAnAttempt() throws IOException {
        proxy.spoil(first(1, "PUT", "/k", new Fault.Silence()));

        ArtifactRef ref =
                hasty(Duration.ofSeconds(2), Duration.ofMinutes(1)).put("k", bytes("abc"));

        assertThat(proxy.count("PUT", "/k")).isEqualTo(2);
        assertThat(machine().read(ref)).isEqualTo(bytes("abc"));
    }

    @Test
    void silenceForGoodEndsWithTheTimeLimitOfTheCall() throws IOException {
        proxy.spoil(call -> Optional.of(new Fault.Silence()));
        ArtifactStore hasty = hasty(Duration.ofMinutes(1), Duration.ofSeconds(2));

        assertThatThrownBy(() -> hasty.put("k", bytes("abc")))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("no answer");
    }

    @Test
    void answerThatStallsIsCutAndGoneOnWith() throws IOException {
        ArtifactRef ref = store.put("k", random(200_000));
        ArtifactStore hasty = hasty(Duration.ofSeconds(2), Duration.ofMinutes(1));
        proxy.spoil(first(1, "GET", "/k", new Fault.Stall(1000)));

        assertThat(hasty.read(ref)).isEqualTo(random(200_000));

        assertThat(proxy.calls().getLast().header("Range")).contains("bytes=1000-");
    }

    @Test
    void resetConnectionsAreMadeAgain() throws IOException {
        proxy.spoil(first(2, "PUT", "/k", new Fault.Reset()));
        ArtifactRef ref = store.put("k", bytes("abc"));

        proxy.spoil(first(2, "GET", "/k", new Fault.Reset()));
        assertThat(machine().read(ref)).isEqualTo(bytes("abc"));
    }

    /// The call is made again, meets its own artifact, and knows it.
    @Test
    void lostAnswerOfAWriteThatHappenedIsNoFailure() throws IOException {
        proxy.spoil(first(1, "PUT", "/k", new Fault.Unheard()));

        ArtifactRef ref = store.put("k", bytes("abc"));

        assertThat(proxy.count("PUT", "/k")).isEqualTo(2);
        assertThat(proxy.count("HEAD", "/k")).isEqualTo(1);
        assertThat(machine().read(ref)).isEqualTo(bytes("abc"));
    }

    @Test
    void lostAnswerOfACompletedUploadIsNoFailure() throws IOException {
        proxy.spoil(first(1, "POST", "uploadId=", new Fault.Unheard()));

        ArtifactRef ref = store.put("k", random(PIECE + 1));

        assertThat(machine().read(ref)).isEqualTo(random(PIECE + 1));
        assertThat(bucket.unfinished(ANY_AGE)).isEmpty();
    }

    @Test
    void writesCarryTheStateThatTheirWriterSaw() {
        proxy.spoil(call -> Optional.empty());
        store.put("k", bytes("abc"));
        store.put("k", bytes("abd"));
        store.put("large", random(PIECE + 1));
        store.put("large", random(PIECE + 2));

        List<Call> puts = proxy.calls().stream().filter(c -> c.is("PUT", "/k")).toList();
        assertThat(puts).hasSize(3);
        assertThat(puts.get(0).header("If-None-Match")).contains("*");
        assertThat(puts.get(1).header("If-None-Match")).contains("*");
        assertThat(puts.get(2).header("If-None-Match")).isEmpty();
        assertThat(puts.get(2).header("If-Match")).isPresent();
        List<Call> completions =
                proxy.calls().stream().filter(c -> c.is("POST", "uploadId=")).toList();
        assertThat(completions).hasSize(2);
        assertThat(completions.get(0).header("If-None-Match")).contains("*");
        assertThat(completions.get(1).header("If-Match")).isPresent();
    }

    /// The server of these tests completes whatever the condition says: the proxy answers for one
    /// that heeds it.
    @Test
    void uploadThatMeetsAnotherArtifactIsMadeAgainUponThat() throws IOException {
        proxy.spoil(first(1, "POST", "uploadId=", new Fault.Answer(412, "PreconditionFailed")));

        ArtifactRef ref = store.put("k", random(PIECE + 1));

        assertThat(machine().read(ref)).isEqualTo(random(PIECE + 1));
        assertThat(proxy.count("DELETE", "uploadId=")).isEqualTo(1);
        assertThat(bucket.unfinished(ANY_AGE)).isEmpty();
    }

    @Test
    void keyThatOthersKeepWritingIsGivenUp() {
        proxy.spoil(first(99, "PUT", "/k", new Fault.Answer(409, "ConditionalRequestConflict")));

        assertThatThrownBy(() -> store.put("k", bytes("abc")))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("ConditionalRequestConflict");
    }

    @Test
    void failedUploadIsAborted() throws IOException {
        proxy.spoil(first(99, "PUT", "partNumber=2", BUSY));

        assertThatThrownBy(() -> store.put("k", random(2 * PIECE + 1)))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("UploadPart");

        assertThat(proxy.count("DELETE", "uploadId=")).isEqualTo(1);
        assertThat(bucket.unfinished(ANY_AGE)).isEmpty();
        assertThat(store.exists("k")).isFalse();
    }

    /// As a writer that is killed between two pieces.
    @Test
    void writerThatIsCutOffLeavesNothingVisible() throws IOException {
        proxy.spoil(
                call ->
                        call.is("PUT", "partNumber=2") || call.is("DELETE", "uploadId=")
                                ? Optional.of(new Fault.Reset())
                                : Optional.empty());

        assertThatThrownBy(() -> store.put("jobs/a/k", random(2 * PIECE + 1)))
                .isInstanceOf(ArtifactException.class);

        proxy.spoil(call -> Optional.empty());
        assertThat(store.exists("jobs/a/k")).isFalse();
        assertThat(store.list("jobs")).isEmpty();
        assertThat(bucket.unfinished(ANY_AGE)).hasSize(1);
        store.abortUnfinished(ANY_AGE);
        assertThat(bucket.unfinished(ANY_AGE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_536, 199_999})
    void downloadGoesOnWhereTheAnswerBrokeOff(int after) throws IOException {
        ArtifactRef ref = store.put("k", random(200_000));
        List<String> ranges = new ArrayList<>();
        AtomicInteger met = new AtomicInteger();
        proxy.spoil(
                call -> {
                    ranges.add(call.header("Range").orElse("whole"));
                    return met.getAndIncrement() == 0
                            ? Optional.of(new Fault.Cut(after))
                            : Optional.empty();
                });

        assertThat(machine().read(ref)).isEqualTo(random(200_000));

        assertThat(ranges)
                .containsExactly("whole", after == 0 ? "whole" : "bytes=%d-".formatted(after));
        assertThat(proxy.calls().get(1).header("If-Match").isPresent()).isTrue();
    }

    @Test
    void downloadBeginsAnewWhenTheObjectWasReplacedBetween() throws IOException {
        ArtifactRef first = store.put("k", random(200_000));
        ArtifactRef second = machine().put("next", random(200_001));
        AtomicInteger met = new AtomicInteger();
        proxy.spoil(
                call -> {
                    if (!call.is("GET", "/k") || met.getAndIncrement() > 0) {
                        return Optional.empty();
                    }
                    S3Fixture.overwrite(bucket, "k", random(200_000));
                    return Optional.of(new Fault.Cut(1000));
                });
        S3Fixture.overwrite(bucket, "k", random(200_001));

        ArtifactRef asSecond = new ArtifactRef("k", second.size(), second.sha256());
        assertThatThrownBy(() -> machine().read(asSecond))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("expected 200001 bytes");
        assertThat(machine().read(first)).isEqualTo(random(200_000));
    }

    @Test
    void downloadThatAlwaysBreaksOffIsGivenUp() {
        ArtifactRef ref = store.put("k", random(200_000));
        proxy.spoil(call -> Optional.of(new Fault.Cut(0)));

        assertThatThrownBy(() -> machine().read(ref))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("broke off");
        assertThat(proxy.count("GET", "/k")).isEqualTo(S3Fixture.TIMING.attempts());
    }

    @Test
    void deniedAccessIsNotTriedAgainAndSaysSo() {
        proxy.spoil(call -> Optional.of(new Fault.Answer(403, "AccessDenied")));

        assertThatThrownBy(() -> store.put("k", bytes("abc")))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("status 403 AccessDenied")
                .hasMessageContaining("credentials");
        assertThat(proxy.calls()).hasSize(1);
    }

    @Test
    void bodiesCarryTheirMd5() {
        proxy.spoil(call -> Optional.empty());

        store.put("k", bytes("abc"));

        assertThat(proxy.calls().getFirst().header("Content-MD5"))
                .contains("kAFQmDzST7DWlj99KOF/cg==");
    }
}
