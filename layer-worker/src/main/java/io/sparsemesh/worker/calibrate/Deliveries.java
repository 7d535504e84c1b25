package io.sparsemesh.worker.calibrate;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.worker.tensor.Awaited;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/// Artifacts on their way to the store while the task computes on. Closing it waits for those that
/// have begun, so that what they read may be freed afterwards.
final class Deliveries implements AutoCloseable {

    private final Map<String, Future<ArtifactRef>> begun = new LinkedHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /// @param artifact stores and returns it
    void begin(String name, Supplier<ArtifactRef> artifact) {
        begun.put(name, threads.submit(artifact::get));
    }

    /// All references by name, in the order in which they were begun.
    ///
    /// @throws RuntimeException what the first one that failed threw
    Map<String, ArtifactRef> await() {
        Map<String, ArtifactRef> refs = new LinkedHashMap<>();
        begun.forEach(
                (name, future) -> refs.put(name, Awaited.result(future, "artifacts are written")));
        return refs;
    }

    @Override
    public void close() {
        threads.close();
    }
}
