package io.sparsemesh.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparsemesh.sources.FakeHub.Fault;
import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HubTest extends OnHub {

    private static final String TOKEN = "hf_secret";

    @Test
    void branchIsPinnedToItsCommit() {
        assertThat(sources().pin("hf://tiny/model", Optional.empty()).uri()).isEqualTo(PINNED);
        assertThat(sources().pin("hf://tiny/model", Optional.of("v1")).uri()).isEqualTo(PINNED);
        assertThat(sources().pin("hf://tiny/model@v1", Optional.of("v1")).revision())
                .isEqualTo(FakeHub.COMMIT);
    }

    @Test
    void twoRevisionsAreAConflict() {
        assertThatThrownBy(() -> sources().pin("hf://tiny/model@v1", Optional.of("main")))
                .isInstanceOf(ModelSourceException.class)
                .hasMessageContaining("expected one revision")
                .hasMessageContaining("'main'");
    }

    @Test
    void onlyConfigTokenizerAndOneFormOfTheWeightsAreFetched() throws IOException {
        for (String other :
                List.of(
                        "pytorch_model.bin",
                        "modeling_evil.py",
                        "README.md",
                        "fp16/model.safetensors",
                        "../evil.safetensors",
                        "consolidated.safetensors")) {
            hub.put(other, new byte[] {1});
        }
        hub.put("tokenizer.json", "{}".getBytes());

        Path folder = sources().folder(PINNED);

        assertThat(names(folder)).containsExactly("config.json", WEIGHTS, "tokenizer.json");
        assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(folder).isEqualTo(cache.resolve("models/hf/tiny/model/" + FakeHub.COMMIT));
    }

    @Test
    void shardsComeWithTheirIndex() throws IOException {
        FakeHub sharded =
                FakeHub.empty()
                        .put("config.json", TinyModel.CONFIG)
                        .put("model.safetensors.index.json", "{}".getBytes())
                        .put("model-00001-of-00002.safetensors", TinyModel.weights(2))
                        .put("model-00002-of-00002.safetensors", TinyModel.weights(3))
                        .put("consolidated.safetensors", weights);
        hub.close();
        hub = sharded;

        assertThat(names(sources().folder(PINNED)))
                .containsExactly(
                        "config.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
    }

    @Test
    void pickleOnlyRepositoryIsRefusedWithTheWayToConvert() throws IOException {
        hub.close();
        hub = FakeHub.empty().put("config.json", new byte[2]).put("pytorch_model.bin", weights);

        assertThatThrownBy(() -> sources().pin("hf://tiny/model", Optional.empty()))
                .hasMessageContaining("found only 'pytorch_model.bin'")
                .hasMessageContaining("safe_serialization=True");
    }

    @Test
    void planningFetchesHeadersAlone() throws IOException {
        Path folder = sources().pin("hf://tiny/model", Optional.empty()).folder();

        byte[] stub = Files.readAllBytes(folder.resolve(WEIGHTS));
        assertThat(stub).hasSameSizeAs(weights);
        int header = weights.length - TinyModel.WEIGHT_BYTES;
        assertThat(stub).startsWith(java.util.Arrays.copyOf(weights, header));
        assertThat(hub.seen())
                .filteredOn(s -> s.path().endsWith(WEIGHTS))
                .isNotEmpty()
                .allMatch(s -> !s.range().isEmpty() && !s.range().endsWith("-"));
        assertNothingVisible();
    }

    @Test
    void wholeFolderIsFetchedOnceAndAskedForWithoutTheHub() {
        sources().folder(PINNED);
        int requests = hub.seen().size();
        hub.close();

        assertThat(sources().folder(PINNED)).isDirectory();
        assertThat(hub.seen()).hasSize(requests);
    }

    @Test
    void twoAtOnceFetchOnce() {
        List<CompletableFuture<Path>> both =
                Stream.generate(() -> CompletableFuture.supplyAsync(() -> sources().folder(PINNED)))
                        .limit(2)
                        .toList();

        assertThat(both.stream().map(CompletableFuture::join).distinct()).hasSize(1);
        assertThat(hub.seen()).filteredOn(s -> s.server().equals("cdn")).hasSize(1);
    }

    @Test
    void tokenGoesToTheHubAlone() {
        hub.requireToken(TOKEN);

        sources(Optional.of(TOKEN), OptionalLong.empty()).folder(PINNED);

        assertThat(hub.seen())
                .filteredOn(s -> s.server().equals("hub"))
                .isNotEmpty()
                .allMatch(s -> s.authorization().equals("Bearer " + TOKEN));
        assertThat(hub.seen())
                .filteredOn(s -> s.server().equals("cdn"))
                .isNotEmpty()
                .allMatch(s -> s.authorization().isEmpty());
    }

    @Test
    void wrongTokenIsDeniedAndNotTold() {
        hub.requireToken("another");

        assertThatThrownBy(
                        () ->
                                sources(Optional.of(TOKEN), OptionalLong.empty())
                                        .pin("hf://tiny/model", Optional.empty()))
                .isInstanceOfSatisfying(
                        ModelSourceException.class,
                        e -> {
                            assertThat(e.kind()).isEqualTo(Kind.ACCESS_DENIED);
                            assertThat(e.isRetryable()).isFalse();
                        })
                .hasMessageNotContaining(TOKEN);
        assertThat(SourceSettings.Hub.of(hub.endpoint(), Optional.of(TOKEN)).toString())
                .doesNotContain(TOKEN);
    }

    @Test
    void cutDownloadGoesOnWhereItWasCut() {
        hub.fail(WEIGHTS, new Fault.Cut(100_000), new Fault.Cut(50_000));

        assertThat(sources().folder(PINNED).resolve(WEIGHTS)).hasBinaryContent(weights);

        assertThat(
                        hub.seen().stream()
                                .filter(s -> s.server().equals("cdn"))
                                .map(FakeHub.Seen::range))
                .hasSize(3)
                .startsWith("")
                .allMatch(range -> range.isEmpty() || range.matches("bytes=[1-9][0-9]*-"));
    }

    @Test
    void nextProcessGoesOnWhereTheFirstGaveUp() {
        hub.fail(WEIGHTS, new Fault.Cut(100_000));
        hub.fail(
                WEIGHTS,
                new Fault.Status(503, "0"),
                new Fault.Status(503, "0"),
                new Fault.Status(503, "0"));
        assertThat(kindOfFetch(sources())).isEqualTo(Kind.UNREACHABLE);

        assertThat(sources().folder(PINNED).resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(hub.seen().getLast().range()).matches("bytes=[1-9][0-9]*-");
    }

    @Test
    void fileThatChangesBetweenTwoPartsIsFetchedFromTheBeginning() {
        hub.fail(WEIGHTS, new Fault.Cut(100_000), new Fault.NewTag());

        assertThat(sources().folder(PINNED).resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(hub.seen()).filteredOn(s -> s.server().equals("cdn")).hasSize(2);
    }

    @Test
    void wrongByteIsFetchedAgainAndRefusedWhenItStays() {
        hub.fail(WEIGHTS, new Fault.WrongByte());
        assertThat(sources().folder(PINNED).resolve(WEIGHTS)).hasBinaryContent(weights);
    }

    @Test
    void wrongBytesEveryTimeAreCorrupt() {
        hub.fail(WEIGHTS, new Fault.WrongByte(), new Fault.WrongByte(), new Fault.WrongByte());

        assertThatThrownBy(() -> sources().folder(PINNED))
                .hasMessageContaining(WEIGHTS)
                .hasMessageContaining(
                        "expected SHA-256 " + TestDigests.hex("SHA-256", weights) + ", found ");
        assertNothingVisible();
    }

    @Test
    void smallFileIsHeldToItsGitId() {
        hub.fail(
                "config.json", new Fault.WrongByte(), new Fault.WrongByte(), new Fault.WrongByte());

        assertThatThrownBy(() -> sources().folder(PINNED))
                .hasMessageContaining("config.json: expected Git blob id ");
    }

    @Test
    void wrongSizeEveryTimeIsCorrupt() {
        hub.fail(WEIGHTS, new Fault.Short(), new Fault.Short(), new Fault.Short());

        assertThatThrownBy(() -> sources().folder(PINNED))
                .hasMessageContaining(
                        "expected %d bytes, found %d"
                                .formatted(weights.length, weights.length - 1));
        assertNothingVisible();
    }

    @Test
    void busyHubIsAskedAgainWhenItSays() {
        hub.fail("", new Fault.Status(429, "1"));
        long begin = System.nanoTime();

        assertThat(sources().pin("hf://tiny/model", Optional.empty()).uri()).isEqualTo(PINNED);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThan(Duration.ofSeconds(1));
    }

    @Test
    void deadHubIsRetryable() {
        hub.close();
        ModelSourceException fault =
                catchThrowableOfType(ModelSourceException.class, () -> sources().folder(PINNED));
        assertThat(fault.isRetryable()).isTrue();
        assertThat(fault).hasMessageContaining("gave up after 3 attempts");
    }

    @Test
    void absentRevisionAndFileAreNotFound() {
        assertThatThrownBy(() -> sources().pin("hf://tiny/model@v9", Optional.empty()))
                .hasMessageContaining("[hf://tiny/model@v9] expected status 200, found 404");
        hub.fail(WEIGHTS, new Fault.Status(404, "0"));
        assertThat(kindOfFetch(sources())).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void redirectLoopEnds() {
        hub.fail(
                WEIGHTS,
                Stream.generate(() -> new Fault.Redirect("")).limit(9).toArray(Fault[]::new));

        assertThat(kindOfFetch(sources())).isEqualTo(Kind.NOT_ALLOWED);
    }

    @Test
    void redirectsOffTheListAreRefused() {
        for (String target :
                List.of(
                        "http://169.254.169.254/latest/meta-data/",
                        "https://10.0.0.1/x",
                        "https://93.184.215.14/x",
                        "file:///etc/passwd")) {
            hub.fail(WEIGHTS, new Fault.Redirect(target));
            assertThat(kindOfFetch(sources())).as(target).isEqualTo(Kind.NOT_ALLOWED);
        }
    }

    @Test
    void malformedUrisAreRefused() {
        for (String uri :
                List.of(
                        "hf://tiny",
                        "hf://tiny/../model",
                        "hf://tiny/model@a..b",
                        "hf://tiny/model@",
                        "hf://tiny/model?x",
                        "hf://tiny/model/sub",
                        "hf:tiny/model",
                        "hf://tiny/mo\ndel")) {
            ModelSourceException fault =
                    catchThrowableOfType(
                            ModelSourceException.class, () -> sources().pin(uri, Optional.empty()));
            assertThat(fault).as(uri).isNotNull();
            assertThat(fault.kind()).as(uri).isEqualTo(Kind.INVALID_URI);
        }
    }

    @Test
    void privateAddressIsAskedOnlyIfItIsTheEndpoint() throws IOException {
        Hosts hosts = new Hosts(URI.create("https://192.0.2.1"), List.of("192.0.2.7"));
        assertThat(hosts.objection(URI.create("https://127.0.0.1/x"))).contains("expected");
        assertThat(hosts.objection(URI.create("https://192.0.2.7/x"))).contains("public address");
        assertThat(hosts.objection(URI.create("https://192.0.2.1/x"))).isEmpty();
    }

    @Test
    void connectionsOtherThanToTheEndpointAreHeldToPublicAddresses() throws IOException {
        Hosts hosts = new Hosts(URI.create("https://192.0.2.1"), List.of("192.0.2.7"));
        assertThat(hosts.isHeldToPublicNet(URI.create("https://192.0.2.7/x"))).isTrue();
        assertThat(hosts.isHeldToPublicNet(URI.create("https://192.0.2.1/x"))).isFalse();
        Hosts local = new Hosts(URI.create("http://127.0.0.1:1"), List.of());
        assertThat(local.isHeldToPublicNet(URI.create("http://127.0.0.1:2/x"))).isFalse();
    }

    /// Whatever faults: whole and right, or not there and a reason given.
    @Test
    void anyFaultsLeaveTheWholeFolderOrNone() throws IOException {
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            List<Fault> faults = new ArrayList<>();
            for (int i = random.nextInt(7); i > 0; i--) {
                faults.add(fault(random));
            }
            try (FakeHub one =
                    FakeHub.empty().put("config.json", TinyModel.CONFIG).put(WEIGHTS, weights)) {
                one.fail(
                        Set.of(WEIGHTS, "config.json").stream()
                                .sorted()
                                .toList()
                                .get(random.nextInt(2)),
                        faults.toArray(Fault[]::new));
                wholeOrNone(
                        one, cache.resolve("seed-" + seed), "seed=%d %s".formatted(seed, faults));
            }
        }
    }

    private void wholeOrNone(FakeHub one, Path folder, String what) {
        SourceSettings none = SourceSettings.none();
        ModelSources sources =
                new ModelSources(
                        new SourceSettings(
                                Optional.of(folder),
                                OptionalLong.empty(),
                                SourceSettings.Hub.of(one.endpoint(), Optional.empty()),
                                none.buckets(),
                                new SourceSettings.Retrying(
                                        3, Duration.ofMillis(1), Duration.ofMinutes(1))));
        Path place = folder.resolve("models/hf/tiny/model/" + FakeHub.COMMIT);
        try {
            assertThat(sources.folder(PINNED)).as(what).isEqualTo(place);
            assertThat(place.resolve(WEIGHTS)).as(what).hasBinaryContent(weights);
            assertThat(place.resolve("config.json")).as(what).hasBinaryContent(TinyModel.CONFIG);
        } catch (ModelSourceException e) {
            assertThat(place).as(what).doesNotExist();
            assertThat(e.getMessage()).as(what).contains("expected").contains("found");
        }
    }

    private static Fault fault(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> new Fault.Cut(random.nextInt(200_000));
            case 1 -> new Fault.Short();
            case 2 -> new Fault.WrongByte();
            case 3 -> new Fault.Status(random.nextBoolean() ? 500 : 429, "0");
            case 4 -> new Fault.Redirect(random.nextBoolean() ? "" : "http://169.254.169.254/");
            default -> new Fault.NewTag();
        };
    }
}
