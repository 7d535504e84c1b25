package io.sparsemesh.deploy.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.ProblemException;
import io.sparsemesh.deploy.client.UnreachableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderDownloadTest {
    private static final byte[] WEIGHTS = new byte[300_000];

    static {
        new Random(1).nextBytes(WEIGHTS);
    }

    @TempDir Path dir;
    private ArtifactServer server;
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = new ArtifactServer();
        server.list("config.json", "{}".getBytes())
                .list("empty.txt", new byte[0])
                .list("model.safetensors", WEIGHTS);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void connectionsThatBreakAreResumedWhereTheyEnded() throws IOException {
        // Given
        server.cutAfter = 100_000;

        // When
        fetch();

        // Then
        assertThat(dir.resolve("out/model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(dir.resolve("out/empty.txt")).isEmptyFile();
        assertThat(server.ranges).containsExactly("", "", "bytes=100000-", "bytes=200000-");
        assertThat(names(dir)).containsExactly("out");
    }

    @Test
    void filesElsewhereAreFetchedAndResumedWithoutTheToken() throws IOException {
        // Given
        server.elsewhere = true;
        server.cutAfter = 100_000;

        // When
        fetch();

        // Then
        assertThat(dir.resolve("out/model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(server.ranges).containsExactly("", "", "bytes=100000-", "bytes=200000-");
        assertThat(server.headersElsewhere)
                .contains("Range")
                .doesNotContain("Authorization", "If-range", "If-Range");
    }

    @Test
    void aDownloadThatFailedGoesOnWithWhatItHas() throws IOException {
        // Given a refusal after the first connection broke
        server.cutAfter = 100_000;
        server.refuseAfter = 3;
        assertThatThrownBy(this::fetch).isInstanceOf(ProblemException.class);
        server.refuseAfter = 0;
        server.ranges.clear();

        // When
        fetch();

        // Then
        assertThat(dir.resolve("out/model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(server.ranges).containsExactly("bytes=100000-", "bytes=200000-");
        assertThat(told).endsWith("model.safetensors 100000");
    }

    @Test
    void aBusyGatewayIsAskedAgain() throws IOException {
        // Given
        server.busy = 3;

        // When
        fetch();

        // Then
        assertThat(dir.resolve("out/config.json")).hasContent("{}");
    }

    @Test
    void aGatewayThatStaysAwayEndsItAndWhatCameStays() {
        // Given
        server.close();

        // When, Then
        FolderDownload download = download();
        assertThatThrownBy(() -> download.fetch(List.of(FileDigest.of("a", new byte[1]))))
                .isInstanceOf(UnreachableException.class);
        assertThat(dir.resolve("out")).doesNotExist();
        assertThat(download.partial()).isDirectory();
    }

    @Test
    void otherBytesThanListedAreNamedAndDeleted() {
        // Given
        byte[] other = WEIGHTS.clone();
        other[7]++;
        server.serve("model.safetensors", other);

        // When, Then
        assertThatThrownBy(this::fetch)
                .isInstanceOf(DownloadException.class)
                .hasMessageContaining("'model.safetensors': expected sha256")
                .hasMessageContaining(FileDigest.of("", other).sha256());
        assertThat(dir.resolve("out")).doesNotExist();
        assertThat(dir.resolve(".out.j1/model.safetensors")).doesNotExist();
    }

    @Test
    void aFileThatIsGoneIsARefusal() {
        // Given
        server.list("gone.json", new byte[3]).serve("gone.json", null);

        // When, Then
        assertThatThrownBy(this::fetch).isInstanceOf(ProblemException.class);
    }

    @Test
    void theFoldersOfASweepComeWithWhatTheirReportsList() throws IOException {
        // Given
        ArtifactServer sweep = server.serve("s50/config.json", "[]".getBytes());
        String sha256 = FileDigest.of("", "[]".getBytes()).sha256();
        sweep.list(
                "s50/sparsemesh-report.json",
                ("{\"files\":[{\"name\":\"config.json\",\"size\":2,\"sha256\":\""
                                + sha256
                                + "\"}]}")
                        .getBytes());

        // When
        fetch();

        // Then
        assertThat(dir.resolve("out/s50/config.json")).hasContent("[]");
        assertThat(dir.resolve("out/s50/sparsemesh-report.json")).exists();
    }

    @Test
    void namesThatLeaveTheFolderAreRefused() {
        for (String name : List.of("../x", "/etc/passwd", "a/../../x", "a\\x", "")) {
            // Given
            server.list(name, new byte[1]);

            // When, Then
            assertThatThrownBy(this::fetch).as(name).isInstanceOf(DownloadException.class);
        }
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void onlyAnOutputCanBeReplaced() throws IOException {
        // Given
        Path out = Files.createDirectory(dir.resolve("out"));
        FolderDownload download = download();

        // When, Then
        assertThat(download.isTaken()).isFalse();
        Files.writeString(out.resolve("thesis.txt"), "years of work");
        assertThat(download.isTaken()).isTrue();
        assertThat(download.isReplaceable()).isFalse();
        Files.writeString(out.resolve("sparsemesh-report.json"), "{}");
        assertThat(download.isReplaceable()).isTrue();

        // When
        download.fetch(download.files());

        // Then
        assertThat(names(out)).containsExactly("config.json", "empty.txt", "model.safetensors");
        assertThat(names(dir)).containsExactly("out");
    }

    private void fetch() {
        FolderDownload download = download();
        download.fetch(download.files());
    }

    private FolderDownload download() {
        return new FolderDownload(
                server.gateway(),
                "j1",
                dir.resolve("out"),
                (file, kept) -> told.add(file.name() + " " + kept),
                Duration.ofMillis(1));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
