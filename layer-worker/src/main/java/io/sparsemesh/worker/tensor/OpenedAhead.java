package io.sparsemesh.worker.tensor;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Artifacts one after the other, each with its own tensors, the next ones opened meanwhile: what
/// another process wrote is digested when it is opened, and what lies in S3 is brought here.
final class OpenedAhead implements AutoCloseable {

    /// What is opened at the same time.
    private static final int AHEAD = 4;

    private final ArtifactStore store;
    private final Iterator<ArtifactRef> rest;
    private final Deque<Future<TensorArtifacts>> opening = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    OpenedAhead(ArtifactStore store, List<ArtifactRef> refs) {
        this.store = store;
        rest = refs.iterator();
        while (opening.size() < AHEAD && rest.hasNext()) {
            openAnother();
        }
    }

    private void openAnother() {
        ArtifactRef ref = rest.next();
        opening.add(threads.submit(() -> TensorArtifacts.open(store, List.of(ref))));
    }

    /// The next one, for the caller to close.
    ///
    /// @throws RuntimeException as [TensorArtifacts#open]
    TensorArtifacts next() {
        TensorArtifacts opened = Awaited.result(opening.remove(), "artifacts are opened");
        if (rest.hasNext()) {
            openAnother();
        }
        return opened;
    }

    /// Closes what was opened and not taken.
    @Override
    public void close() {
        threads.close();
        for (Future<TensorArtifacts> left : opening) {
            if (left.state() == Future.State.SUCCESS) {
                left.resultNow().close();
            }
        }
    }
}
