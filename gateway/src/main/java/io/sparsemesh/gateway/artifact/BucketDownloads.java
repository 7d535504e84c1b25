package io.sparsemesh.gateway.artifact;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Outputs in buckets: addresses at which whoever has them can read files for a while, and what the
/// gateway reads itself.
@Singleton
class BucketDownloads {

    private final OutputBuckets buckets;
    private final Settings settings;

    BucketDownloads(OutputBuckets buckets, Settings settings) {
        this.buckets = buckets;
        this.settings = settings;
    }

    /// See `application.properties`.
    @ConfigMapping(prefix = "sparsemesh.gateway.downloads")
    interface Settings {

        /// How long an address is good for a download to begin.
        @WithDefault("5m")
        Duration signedFor();
    }

    /// @param output of the job
    /// @param type media type of the answer
    URI of(String output, String name, String type) {
        try {
            return buckets.folder(output).download(name, type, settings.signedFor());
        } catch (ArtifactException | OutsideRootsException e) {
            throw new ProblemException(410, Code.ARTIFACT_GONE, e.getMessage());
        }
    }

    /// A small file of an output, read here.
    ///
    /// @param output of the job
    /// @return nothing if it is not there any more, or another
    Optional<byte[]> read(String output, FileDigest file) {
        try {
            return buckets.folder(output).read(file);
        } catch (OutsideRootsException e) {
            throw new ProblemException(410, Code.ARTIFACT_GONE, e.getMessage());
        } catch (ArtifactException e) {
            throw new ProblemException(503, Code.UNAVAILABLE, e.getMessage());
        }
    }
}
