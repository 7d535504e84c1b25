package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.embedded.s3.LocalS3;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArtifactStoresTest {

    @TempDir Path folder;

    private StoreSettings settings(String store, URI endpoint) {
        return new StoreSettings(
                store,
                true,
                Optional.of(folder.resolve("cache")),
                1 << 20,
                S3Fixture.settings(endpoint, S3Fixture.TIMING));
    }

    private StoreSettings settings(String store) {
        return settings(store, S3Fixture.server().endpoint());
    }

    @Test
    void pathsAreDirectories() {
        ArtifactStore store = ArtifactStores.open(settings(folder.resolve("store").toString()));

        assertThat(store).isInstanceOf(DirectoryArtifactStore.class);
    }

    @Test
    void bucketsAreOpenedByTheirUri() throws IOException {
        ArtifactStore store =
                ArtifactStores.open(settings("s3://" + S3Fixture.BUCKET + "/opened/"));

        ArtifactRef ref = store.put("jobs/a", new byte[] {1});

        assertThat(store.read(ref)).containsExactly(1);
        URI endpoint = S3Fixture.server().endpoint();
        S3Bucket whole = S3Fixture.bucket(endpoint, S3Location.parse("s3://" + S3Fixture.BUCKET));
        assertThat(whole.head("opened/jobs/a")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://",
                "s3:/bucket",
                "s3://Bucket",
                "s3://bucket/../x",
                "s3://bucket//x",
                "s3://bucket/a b",
                "s3:bucket"
            })
    void malformedUriIsNamed(String uri) {
        assertThatThrownBy(() -> ArtifactStores.open(settings(uri)))
                .isInstanceOf(ArtifactException.class)
                .hasMessage(
                        "[SPARSEMESH_STORE]: expected s3://bucket or s3://bucket/prefix, found "
                                + uri);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://bucket/x", "file:///x", "gs://bucket"})
    void otherSchemesAreNoDirectories(String uri) {
        assertThatThrownBy(() -> ArtifactStores.open(settings(uri)))
                .hasMessageContaining("expected a directory or s3://bucket/prefix, found " + uri);
    }

    @Test
    void bucketNeedsAFolderForCopies() {
        StoreSettings none =
                new StoreSettings(
                        "s3://bucket",
                        true,
                        Optional.empty(),
                        1,
                        S3Fixture.settings(S3Fixture.server().endpoint(), S3Fixture.TIMING));

        assertThatThrownBy(() -> ArtifactStores.open(none))
                .hasMessageContaining("[SPARSEMESH_STORE_CACHE]: expected a folder");
    }

    @Test
    void folderForCopiesThatCannotBeMadeIsNamed() throws IOException {
        Files.createFile(folder.resolve("cache"));

        assertThatThrownBy(() -> ArtifactStores.open(settings("s3://" + S3Fixture.BUCKET)))
                .hasMessageContaining("[SPARSEMESH_STORE_CACHE=" + folder.resolve("cache"));
    }

    @Test
    void missingBucketIsNamed() {
        assertThatThrownBy(() -> ArtifactStores.open(settings("s3://nobodys/x")))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("[SPARSEMESH_STORE=s3://nobodys/x]: cannot be opened")
                .hasMessageContaining("status 404 NoSuchBucket");
    }

    @ParameterizedTest
    @CsvSource({
        "somebody-else, local-secret, InvalidAccessKeyId",
        "local-access, wrong-secret, SignatureDoesNotMatch"
    })
    void wrongCredentialsAreNamed(String access, String secret, String code) {
        S3Fixture.server();
        System.setProperty("aws.accessKeyId", access);
        System.setProperty("aws.secretAccessKey", secret);
        try {
            assertThatThrownBy(
                            () -> ArtifactStores.open(settings("s3://" + S3Fixture.BUCKET + "/x")))
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageContaining("[SPARSEMESH_STORE=s3://artifacts/x]: cannot be opened")
                    .hasMessageContaining("status 403 " + code)
                    .hasMessageContaining("the credentials of AWS_* give no access");
        } finally {
            System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
            System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
        }
    }

    @Test
    void absentCredentialsAndServersAreNamed() {
        URI nobody = URI.create("http://127.0.0.1:1");

        assertThatThrownBy(() -> ArtifactStores.open(settings("s3://bucket", nobody)))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining("no answer");
    }
}
