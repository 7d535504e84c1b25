package io.sparsemesh.embedded.s3;

import java.net.URI;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobProviderMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;

/// The server's process: S3Proxy over objects in memory. Its own entry point looks for back ends in
/// clouds, which are not on the class path.
final class S3Main {

    private S3Main() {}

    /// @param args port, access key, secret key, buckets
    public static void main(String[] args) throws Exception {
        BlobStore objects =
                ContextBuilder.newBuilder(new TransientNio2BlobProviderMetadata())
                        .credentials("none", "none")
                        .build(BlobStoreContext.class)
                        .getBlobStore();
        for (int i = 3; i < args.length; i++) {
            objects.createContainerInLocation(null, args[i]);
        }
        S3Proxy.builder()
                .blobStore(objects)
                .endpoint(URI.create("http://127.0.0.1:" + args[0]))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, args[1], args[2])
                // It knows no checksums but MD5, which the SDK always sends beside them.
                .ignoreUnknownHeaders(true)
                .build()
                .start();
    }
}
