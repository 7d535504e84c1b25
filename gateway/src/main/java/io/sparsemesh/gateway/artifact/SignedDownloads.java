package io.sparsemesh.gateway.artifact;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;

/// Addresses at which files of outputs in buckets can be read for a while, by whoever has them.
@Singleton
class SignedDownloads {

    private final OutputBuckets buckets;
    private final Settings settings;

    SignedDownloads(OutputBuckets buckets, Settings settings) {
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
}
