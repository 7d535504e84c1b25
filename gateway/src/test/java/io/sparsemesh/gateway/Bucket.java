package io.sparsemesh.gateway;

import io.sparsemesh.artifacts.BucketFolder;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.artifacts.S3Settings;
import io.sparsemesh.embedded.s3.LocalS3;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The bucket that outputs of the tests may lie in; of `team` each tenant has its own part. Its
/// server goes with this JVM.
final class Bucket {

    static final String NAME = "outputs";

    private static LocalS3 server;

    private Bucket() {}

    static synchronized LocalS3 server(Path folder) {
        if (server == null) {
            server = LocalS3.start(folder, NAME);
            System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
            System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
            System.setProperty("gateway.test.s3", server.endpoint().toString());
        }
        return server;
    }

    static Map<String, String> settings(Path folder) {
        return Map.of(
                "sparsemesh.sources.buckets",
                NAME + ",team/{tenant}",
                "sparsemesh.sources.s3-endpoint",
                server(folder).endpoint().toString(),
                "sparsemesh.sources.s3-region",
                LocalS3.REGION,
                "sparsemesh.sources.s3-path-style",
                "true");
    }

    /// As a worker writes it.
    static BucketFolder folder(String uri) {
        return new OutputBuckets(
                        Set.of(NAME),
                        Optional.of(Api.root().resolve("staging")),
                        new S3Settings(
                                Optional.of(
                                        java.net.URI.create(System.getProperty("gateway.test.s3"))),
                                Optional.of(LocalS3.REGION),
                                true))
                .folder(uri);
    }
}
