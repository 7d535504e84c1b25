package io.sparsemesh.evaluator;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.WeightDescription;
import io.sparsemesh.engine.model.WeightOverrides;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Weights of the first blocks of another checkpoint of the same model: the pruned one's, for a
/// model that is pruned so far. A weight that the other checkpoint lacks is named, never taken from
/// the model itself.
final class FirstBlocks implements WeightOverrides, AutoCloseable {

    private final ModelFolder folder;
    private final Set<String> tensors;

    private FirstBlocks(ModelFolder folder, Set<String> tensors) {
        this.folder = folder;
        this.tensors = tensors;
    }

    /// @param path folder of the other checkpoint
    /// @param model whose blocks are replaced
    /// @param blocks how many, from the first on
    /// @throws CheckpointException when the folder is not a model's
    static FirstBlocks open(Path path, OpenModel model, int blocks) {
        Set<String> tensors =
                model.description().blocks().stream()
                        .limit(blocks)
                        .flatMap(BlockDescription::tensors)
                        .map(WeightDescription::tensor)
                        .collect(Collectors.toSet());
        return new FirstBlocks(ModelFolder.open(path), tensors);
    }

    @Override
    public Optional<Tensor> replacement(String tensor) {
        if (!tensors.contains(tensor)) {
            return Optional.empty();
        }
        if (!folder.has(tensor)) {
            throw new CheckpointException(
                    folder.path().getFileName().toString(),
                    tensor,
                    "expected the weight of a pruned block as it is in the dense model, found none");
        }
        return Optional.of(folder.tensor(tensor));
    }

    @Override
    public void close() {
        folder.close();
    }
}
