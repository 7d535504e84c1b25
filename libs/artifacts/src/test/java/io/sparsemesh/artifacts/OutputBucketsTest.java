package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputBucketsTest {

    private static final Duration A_WHILE = Duration.ofMinutes(1);

    @TempDir Path folder;

    private OutputBuckets buckets;
    private BucketFolder output;

    @BeforeEach
    void open() {
        URI endpoint = S3Fixture.server().endpoint();
        buckets =
                new OutputBuckets(
                        Set.of(S3Fixture.BUCKET),
                        Optional.of(folder),
                        S3Fixture.settings(endpoint, S3Fixture.TIMING));
        output = buckets.folder(S3Fixture.location() + "/");
    }

    @AfterEach
    void close() {
        buckets.close();
    }

    private static HttpResponse<String> get(URI address, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void filesAppearOneByOneAndAreReplaced() {
        assertThat(output.names()).isEmpty();

        output.put("config.json", "{}".getBytes());
        output.put("model.safetensors", new byte[10]);
        output.put("config.json", "{ }".getBytes());

        assertThat(output.names()).containsExactly("config.json", "model.safetensors");
        assertThat(output.size("config.json")).hasValue(3);
        assertThat(output.size("absent")).isEmpty();
        assertThat(output.staging()).isEmptyDirectory();
    }

    @Test
    void signedAddressIsReadByWhoeverHasIt() throws Exception {
        output.put("config.json", "0123456789".getBytes());
        URI address = output.download("config.json", "application/json", A_WHILE);

        HttpResponse<String> whole = get(address);
        HttpResponse<String> part = get(address, "Range", "bytes=4-");

        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo("0123456789");
        assertThat(whole.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("456789");
    }

    @Test
    void signedAddressIsGoodForOneFileAndNotForEver() throws Exception {
        output.put("a.json", "a".getBytes());
        output.put("b.json", "b".getBytes());
        URI brief = output.download("a.json", "application/json", Duration.ofSeconds(1));
        URI other = URI.create(brief.toString().replace("a.json", "b.json"));

        Thread.sleep(2500);

        assertThat(get(brief).statusCode()).isEqualTo(403);
        assertThat(get(other).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://artifacts",
                "s3://artifacts/",
                "s3://artifacts/../x",
                "s3:x",
                "s3://artifacts/x/./y",
                "s3://artifacts/x/.."
            })
    void outputsNeedAPrefix(String uri) {
        assertThatThrownBy(() -> buckets.folder(uri))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessage(uri + ": expected s3://bucket/prefix");
    }

    @Test
    void pointsWithinANameMeanNothing() {
        String uri = "s3://artifacts/..hidden/a..b.";

        assertThat(buckets.folder(uri).uri()).isEqualTo(uri);
    }

    @Test
    void otherBucketsAreRefusedWithWhatToConfigure() {
        assertThatThrownBy(() -> buckets.folder("s3://others/x"))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessageContaining("one of the allowed buckets [artifacts] (SPARSEMESH_BUCKETS");
        assertThatThrownBy(() -> OutputBuckets.none().folder("s3://artifacts/x"))
                .hasMessageContaining("allowed buckets []");
    }

    @Test
    void folderForFilesOnTheirWayIsNeeded() throws IOException {
        OutputBuckets none =
                new OutputBuckets(
                        Set.of(S3Fixture.BUCKET),
                        Optional.empty(),
                        S3Fixture.settings(S3Fixture.server().endpoint(), S3Fixture.TIMING));

        assertThatThrownBy(() -> none.folder("s3://artifacts/x"))
                .hasMessageContaining("SPARSEMESH_CACHE");
    }
}
