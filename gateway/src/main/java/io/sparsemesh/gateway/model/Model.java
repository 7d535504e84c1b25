package io.sparsemesh.gateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.model.Architecture;
import java.util.Optional;

/// A model folder that can be pruned, read without its weights.
///
/// @param uri as jobs name it: of the folder's real path, or pinned
/// @param revision what a remote model is pinned to
/// @param config `config.json`
/// @param hasTokenizer whether text can be turned into token ids
/// @param parameters number of weights that the model uses
/// @param transposed whether weights of linears lie as `[inputs, outputs]` in the files
public record Model(
        String uri,
        Optional<String> revision,
        JsonNode config,
        Architecture architecture,
        boolean hasTokenizer,
        long parameters,
        boolean transposed) {}
