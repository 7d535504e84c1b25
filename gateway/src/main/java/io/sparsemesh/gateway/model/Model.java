package io.sparsemesh.gateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.model.Architecture;
import java.nio.file.Path;

/// A model folder that can be pruned, read without its weights.
///
/// @param path real path of the folder
/// @param config `config.json`
/// @param hasTokenizer whether text can be turned into token ids
/// @param parameters number of weights that the model uses
/// @param transposed whether weights of linears lie as `[inputs, outputs]` in the files
public record Model(
        Path path,
        JsonNode config,
        Architecture architecture,
        boolean hasTokenizer,
        long parameters,
        boolean transposed) {}
