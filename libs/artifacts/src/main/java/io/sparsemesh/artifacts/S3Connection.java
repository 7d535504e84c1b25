package io.sparsemesh.artifacts;

import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/// Who calls, and who signs calls that others will make.
record S3Connection(S3Client client, S3Presigner presigner) implements AutoCloseable {

    static S3Connection open(S3Settings settings) {
        return new S3Connection(S3Clients.open(settings), S3Clients.presigner(settings));
    }

    @Override
    public void close() {
        client.close();
        presigner.close();
    }
}
