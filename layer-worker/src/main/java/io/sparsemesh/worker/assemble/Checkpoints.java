package io.sparsemesh.worker.assemble;

import io.sparsemesh.contracts.artifact.FileDigest;
import java.io.IOException;
import java.util.List;

/// Where the checkpoints of a job lie, and how one gets another place. What was begun is gone on
/// with, and what is done already is no error.
interface Checkpoints {

    /// Gives a checkpoint another place, at which nothing else may lie.
    ///
    /// @param files all that it has
    /// @throws io.sparsemesh.engine.corpus.DataException if somebody else's lies there
    /// @throws io.sparsemesh.artifacts.ArtifactException if it is not whole at its new place
    void move(String from, String to, List<FileDigest> files) throws IOException;

    /// Removes a checkpoint.
    ///
    /// @param own names of the files that it may have
    /// @throws io.sparsemesh.engine.corpus.DataException if it has others too
    void remove(String uri, List<String> own) throws IOException;
}
