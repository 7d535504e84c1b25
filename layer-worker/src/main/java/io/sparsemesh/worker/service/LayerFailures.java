package io.sparsemesh.worker.service;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.contracts.task.Failure.Kind;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.model.UnsupportedModelException;
import io.sparsemesh.engine.solver.NumericalException;
import io.sparsemesh.sources.ModelSourceException;
import io.sparsemesh.taskqueue.FailureMapping;
import io.sparsemesh.taskqueue.FailureTable;

/// What the exceptions of layer tasks mean.
///
/// A device that is full is one that another task, job or process fills now, or too small a one:
/// another attempt may find more room or another worker, and the job's attempts are counted. One
/// that is lost ends the process.
final class LayerFailures {

    private LayerFailures() {}

    static FailureMapping table() {
        return new FailureTable()
                .with(
                        e -> e instanceof ModelSourceException s && s.isRetryable(),
                        Kind.STORAGE,
                        true)
                .with(
                        e ->
                                e instanceof ModelSourceException s
                                        && s.kind() == ModelSourceException.Kind.NO_SPACE,
                        Kind.STORAGE,
                        false)
                .with(ModelSourceException.class, Kind.INVALID_MODEL, false)
                .withStorageCause(CheckpointException.class)
                .withStorageCause(DataException.class)
                .with(CheckpointException.class, Kind.INVALID_MODEL, false)
                .with(UnsupportedModelException.class, Kind.UNSUPPORTED_MODEL, false)
                .with(DataException.class, Kind.INVALID_DATA, false)
                .with(OutsideRootsException.class, Kind.INVALID_DATA, false)
                .with(NumericalException.class, Kind.NUMERICAL, false)
                .with(DeviceException.class, Kind.DEVICE, true)
                .with(ArtifactException.class, Kind.STORAGE, true)
                .namingArtifact(LayerFailures::damagedArtifact)
                .endingProcess(DeviceException::tellsLoss);
    }

    private static String damagedArtifact(Throwable thrown) {
        return thrown instanceof ArtifactException e && e.isDamaged() ? e.key() : "";
    }
}
