package io.sparsemesh.gateway.submission;

import io.sparsemesh.artifacts.AllowedBuckets;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.BucketFolder;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.source.SourceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/// Judges outputs that are to lie in a bucket.
@ApplicationScoped
class BucketOutputs {

    private final AllowedBuckets allowed;
    private final OutputBuckets buckets;

    BucketOutputs(AllowedBuckets allowed, OutputBuckets buckets) {
        this.allowed = allowed;
        this.buckets = buckets;
    }

    /// The place, where nothing lies yet.
    ///
    /// @param tenant whose job it is
    /// @throws SourceException if the job may not, or cannot, write there
    String judge(String uri, Tenant tenant) {
        try {
            BucketFolder folder = buckets.folder(uri);
            allowed.require(uri, tenant.name());
            requireEmpty(folder);
            return folder.uri();
        } catch (OutsideRootsException e) {
            throw new SourceException(
                    e.getCause() == null ? Code.SOURCE_NOT_ALLOWED : Code.INVALID_URI,
                    e.getMessage());
        } catch (ArtifactException e) {
            throw new SourceException(Code.SOURCE_NOT_AVAILABLE, e.getMessage());
        }
    }

    private static void requireEmpty(BucketFolder folder) {
        List<String> names = folder.names();
        if (!names.isEmpty()) {
            throw new SourceException(
                    Code.OUTPUT_NOT_USABLE,
                    "expected nothing there yet, found %s at %s"
                            .formatted(names.getFirst(), folder.uri()));
        }
    }
}
