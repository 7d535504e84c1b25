package io.sparsemesh.gateway.model;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.model.UnsupportedModelException;
import io.sparsemesh.gateway.problem.Code;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Reads what a model folder holds from its config and the headers of its weights.
@ApplicationScoped
public class ModelInspector {

    /// @param place where its config and headers lie
    /// @throws ModelException if it holds no model that can be pruned
    public Model inspect(ModelPlace place) {
        Path folder = place.folder();
        try (ModelFolder files = ModelFolder.open(folder)) {
            ModelDescription description = Families.describe(files);
            return new Model(
                    place.uri(),
                    place.revision(),
                    files.config(),
                    architecture(files, description),
                    hasTokenizer(folder),
                    parameters(description),
                    isTransposed(description));
        } catch (UnsupportedModelException e) {
            throw new ModelException(Code.UNSUPPORTED_MODEL, e.getMessage(), e);
        } catch (CheckpointException e) {
            throw new ModelException(Code.INVALID_MODEL, e.getMessage(), e);
        }
    }

    private static boolean hasTokenizer(Path folder) {
        return Files.isRegularFile(folder.resolve("tokenizer.json"))
                || (Files.isRegularFile(folder.resolve("vocab.json"))
                        && Files.isRegularFile(folder.resolve("merges.txt")));
    }

    private static long parameters(ModelDescription description) {
        return description
                .tensors()
                .mapToLong(t -> t.shape().stream().reduce(1L, Math::multiplyExact))
                .sum();
    }

    private static boolean isTransposed(ModelDescription description) {
        return description.blocks().stream()
                .flatMap(BlockDescription::linears)
                .anyMatch(LinearDescription::transposed);
    }

    private static Architecture architecture(ModelFolder files, ModelDescription description) {
        return new Architecture(
                description.modelType(),
                description.family(),
                description.dtype().name(),
                description.hiddenSize(),
                description.vocabularySize(),
                (int) Math.min(Integer.MAX_VALUE, description.maxPositions()),
                description.blocks().size(),
                groups(description.blocks()),
                otherLinears(description),
                files.tensors().values().stream().mapToLong(t -> t.byteSize()).sum());
    }

    private static List<String> otherLinears(ModelDescription description) {
        List<String> projections =
                description.projections().stream().map(LinearDescription::name).toList();
        return description.tied()
                ? projections
                : java.util.stream.Stream.concat(
                                projections.stream(),
                                java.util.stream.Stream.of(description.head().name()))
                        .toList();
    }

    /// Block 0 as the template of all: they differ in their number alone.
    private static List<InputGroup> groups(List<BlockDescription> blocks) {
        if (blocks.isEmpty()) {
            throw new CheckpointException(
                    "config.json", "", "expected at least one block, found 0");
        }
        BlockDescription first = blocks.getFirst();
        return first.groups().stream()
                .map(
                        group ->
                                new InputGroup(
                                        group.name(),
                                        group.inputs(),
                                        group.linears().stream()
                                                .map(linear -> template(first, linear))
                                                .toList()))
                .toList();
    }

    private static Linear template(BlockDescription block, LinearDescription linear) {
        String prefix = block.prefix().replaceFirst("\\b0\\.$", Linear.BLOCK + ".");
        String name = prefix + linear.name().substring(block.prefix().length());
        return new Linear(name, linear.inputs(), linear.outputs());
    }
}
