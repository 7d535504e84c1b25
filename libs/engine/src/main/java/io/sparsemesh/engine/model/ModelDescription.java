package io.sparsemesh.engine.model;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.engine.device.Operands;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a model is made of, from its config and the headers of its weights alone.
///
/// @param family name for people, such as `OPT`
/// @param modelType the config's `model_type`
/// @param dtype type of the linear weights in the file (of the first one)
/// @param hiddenSize columns of the hidden states between blocks
/// @param vocabularySize number of token ids the model has logits for
/// @param maxPositions longest sequence the model was made for; [#UNLIMITED] when it names none
/// @param blocks in order
/// @param projections linear layers before and after the blocks, without the head
/// @param weights other weights outside the blocks: embeddings, norms
/// @param head the layer that makes the logits; the token embedding when tied
/// @param tied whether the head shares the token embedding's tensor
public record ModelDescription(
        String family,
        String modelType,
        Dtype dtype,
        long hiddenSize,
        long vocabularySize,
        long maxPositions,
        List<BlockDescription> blocks,
        List<LinearDescription> projections,
        List<WeightDescription> weights,
        LinearDescription head,
        boolean tied) {

    /// [#maxPositions] of a model that can take any length.
    public static final long UNLIMITED = Long.MAX_VALUE;

    public ModelDescription {
        blocks = List.copyOf(blocks);
        projections = List.copyOf(projections);
        weights = List.copyOf(weights);
    }

    /// Every tensor the model needs, each once.
    public Stream<WeightDescription> tensors() {
        return Stream.concat(outsideTensors(), blocks.stream().flatMap(BlockDescription::tensors));
    }

    /// Every tensor outside the blocks, each once.
    public Stream<WeightDescription> outsideTensors() {
        Stream<LinearDescription> linears =
                tied ? projections.stream() : Stream.concat(projections.stream(), Stream.of(head));
        return Stream.concat(weights.stream(), linears.flatMap(BlockDescription::tensors));
    }

    /// Type of the first linear weight of the blocks.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when the folder does not have it
    public static Dtype dtype(ModelFolder folder, List<BlockDescription> blocks) {
        String tensor = blocks.getFirst().groups().getFirst().linears().getFirst().tensor();
        TensorInfo info = folder.tensors().get(tensor);
        if (info == null) {
            throw WeightReader.missing(folder, tensor);
        }
        return info.dtype();
    }

    /// In which type the products of the model are made, on a device that has several: that of
    /// its linear weights in the file, where those of the blocks, before and after them and of the
    /// head all have the same one. A mixture is run in F32, which holds each of them exactly; the
    /// config's `torch_dtype` says nothing that the weights do not say better.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when the folder lacks one of them
    public Operands operands(ModelFolder folder) {
        SequencedMap<String, TensorInfo> found = folder.tensors();
        Set<Dtype> types =
                linears()
                        .map(LinearDescription::tensor)
                        .map(
                                tensor ->
                                        Optional.ofNullable(found.get(tensor))
                                                .orElseThrow(
                                                        () -> WeightReader.missing(folder, tensor)))
                        .map(TensorInfo::dtype)
                        .collect(Collectors.toSet());
        if (types.equals(Set.of(Dtype.F16))) {
            return Operands.F16;
        }
        return types.equals(Set.of(Dtype.BF16)) ? Operands.BF16 : Operands.F32;
    }

    private Stream<LinearDescription> linears() {
        Stream<LinearDescription> outside = Stream.concat(projections.stream(), Stream.of(head));
        return Stream.concat(blocks.stream().flatMap(BlockDescription::linears), outside);
    }

    /// Checks that the folder has every tensor, by the headers of its files.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException naming the first that is missing, has
    ///     another shape or is not F32, F16 or BF16
    public void check(ModelFolder folder) {
        SequencedMap<String, TensorInfo> found = folder.tensors();
        String place = folder.path().getFileName().toString();
        tensors()
                .forEach(
                        weight -> {
                            TensorInfo info = found.get(weight.tensor());
                            if (info == null) {
                                throw WeightReader.missing(folder, weight.tensor());
                            }
                            WeightReader.check(place, weight, info.dtype(), info.shape());
                        });
    }
}
