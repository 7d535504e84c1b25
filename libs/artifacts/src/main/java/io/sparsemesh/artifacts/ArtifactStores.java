package io.sparsemesh.artifacts;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import software.amazon.awssdk.core.exception.SdkException;

/// Opens the store that the settings name.
public final class ArtifactStores {

    private static final String STORE = "SPARSEMESH_STORE";
    private static final String CACHE = "SPARSEMESH_STORE_CACHE";

    private ArtifactStores() {}

    /// Opens the store, which stays open as long as the process.
    ///
    /// @throws ArtifactException if a setting is wrong, or the storage refuses
    public static ArtifactStore open(StoreSettings settings) {
        return settings.store().startsWith(S3Location.SCHEME)
                ? inBucket(settings)
                : inDirectory(settings.store(), settings.durable());
    }

    private static ArtifactStore inDirectory(String path, boolean durable) {
        if (path.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
            throw new ArtifactException(STORE, "a directory or s3://bucket/prefix", path);
        }
        try {
            return new DirectoryArtifactStore(Path.of(path), durable);
        } catch (InvalidPathException e) {
            throw new ArtifactException(STORE, "opened", e);
        }
    }

    private static ArtifactStore inBucket(StoreSettings settings) {
        S3Location location = location(settings.store());
        Path folder =
                settings.cache()
                        .orElseThrow(
                                () ->
                                        new ArtifactException(
                                                CACHE,
                                                "a folder for copies of the artifacts of "
                                                        + location,
                                                "nothing"));
        try {
            return S3ArtifactStore.open(
                    location, settings.s3(), cache(folder, settings.cacheBytes()));
        } catch (IOException | SdkException e) {
            throw new ArtifactException(STORE + "=" + location, "opened", e);
        }
    }

    private static S3Location location(String uri) {
        try {
            return S3Location.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new ArtifactException(STORE, "s3://bucket or s3://bucket/prefix", uri);
        }
    }

    private static FileCache cache(Path folder, long bytes) {
        try {
            return new FileCache(folder, bytes);
        } catch (IOException e) {
            throw new ArtifactException(CACHE + "=" + folder, "opened", e);
        }
    }
}
