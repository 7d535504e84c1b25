package io.sparsemesh.gateway.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import java.util.List;

/// A model folder as the API shows it.
///
/// @param prunable whether a job may name it; if not, `code` and `reason` say why and the rest is
///     absent
/// @param maxPositions longest sequence, absent if unbounded
/// @param groups linears of each block by shared input, with `{b}` for the block's number
/// @param otherLinears linears outside the blocks, which are not pruned
/// @param tokenizer whether text sources can be used
@JsonInclude(JsonInclude.Include.NON_NULL)
record ModelJson(
        String uri,
        boolean prunable,
        String code,
        String reason,
        String modelType,
        String family,
        String dtype,
        Integer blocks,
        Long hiddenSize,
        Long vocabularySize,
        Integer maxPositions,
        Long parameters,
        Long prunableParameters,
        Long bytes,
        Boolean tokenizer,
        List<Group> groups,
        List<Outside> otherLinears,
        JsonNode config) {

    /// @param inputs width of the shared input
    record Group(String name, long inputs, List<Linear> linears) {}

    /// @param shape `[outputs, inputs]`
    record Linear(String name, List<Long> shape, boolean prunable) {}

    record Outside(String name, boolean prunable, String reason) {}

    static ModelJson of(Model model) {
        Architecture architecture = model.architecture();
        boolean bounded = architecture.maxPositions() != Integer.MAX_VALUE;
        return new ModelJson(
                model.uri(),
                true,
                null,
                null,
                architecture.modelType(),
                architecture.family(),
                architecture.dtype(),
                architecture.blocks(),
                architecture.hidden(),
                architecture.vocabulary(),
                bounded ? architecture.maxPositions() : null,
                model.parameters(),
                prunableParameters(architecture),
                architecture.checkpointBytes(),
                model.hasTokenizer(),
                architecture.groups().stream().map(ModelJson::group).toList(),
                architecture.otherLinears().stream()
                        .map(name -> new Outside(name, false, "not in a block"))
                        .toList(),
                model.config());
    }

    static ModelJson refused(String uri, ModelException why) {
        return new ModelJson(
                uri,
                false,
                why.code(),
                why.getMessage(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static long prunableParameters(Architecture architecture) {
        return architecture.blocks()
                * architecture.groups().stream()
                        .flatMap(group -> group.linears().stream())
                        .mapToLong(linear -> linear.weights())
                        .sum();
    }

    private static Group group(InputGroup group) {
        List<Linear> linears =
                group.linears().stream()
                        .map(l -> new Linear(l.name(), List.of(l.outputs(), l.inputs()), true))
                        .toList();
        return new Group(group.name(), group.inputs(), linears);
    }
}
