package io.sparsemesh.gateway.artifact;

import java.net.URI;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/// Where a file can be read for a while, by whoever has the address.
@Schema(
        description =
                "Where a file of an output in S3 can be read for a few minutes, without a token")
record SignedAddress(URI url) {

    /// Told from a file of an output, which may be JSON too.
    static final String MEDIA_TYPE = "application/vnd.sparsemesh.address+json";
}
