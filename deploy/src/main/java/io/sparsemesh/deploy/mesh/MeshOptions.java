package io.sparsemesh.deploy.mesh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What a mesh is like.
///
/// @param port the gateway's port on 127.0.0.1
/// @param workers number of layer-workers
/// @param threads of each layer-worker; 0 for an equal share of the machine's
/// @param dataDir all state: broker, database, artifacts, logs
/// @param durable whether state survives the machine's crash
/// @param roots folders that jobs may read and write, besides `dataDir/output`
/// @param buckets that jobs may take models from
public record MeshOptions(
        int port,
        int workers,
        int threads,
        Path dataDir,
        boolean durable,
        List<Path> roots,
        List<String> buckets) {

    public MeshOptions(int port, int workers, Path dataDir, boolean durable, List<Path> roots) {
        this(port, workers, 0, dataDir, durable, roots);
    }

    public MeshOptions(
            int port, int workers, int threads, Path dataDir, boolean durable, List<Path> roots) {
        this(port, workers, threads, dataDir, durable, roots, List.of());
    }

    /// The same, with buckets.
    public MeshOptions withBuckets(List<String> allowed) {
        return new MeshOptions(port, workers, threads, dataDir, durable, roots, allowed);
    }

    public MeshOptions {
        roots = List.copyOf(roots);
        buckets = List.copyOf(buckets);
        for (Path root : roots) {
            if (root.toString().contains(",")) {
                throw new IllegalArgumentException("a root may not contain a comma: " + root);
            }
        }
    }

    /// How long a service may take to end by itself. State that nobody keeps need not be left
    /// in order.
    Duration grace() {
        return durable ? Duration.ofSeconds(15) : Duration.ofSeconds(2);
    }

    Path logs() {
        return dataDir.resolve("logs");
    }

    Path store() {
        return dataDir.resolve("store");
    }

    /// Folder of fetched models.
    Path cache() {
        return dataDir.resolve("models");
    }

    /// Folder for outputs that have no better place.
    public Path output() {
        return dataDir.resolve("output");
    }
}
