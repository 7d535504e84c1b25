package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;

/// Text or token ids: `.txt`, `.jsonl` with a `text` field, or `.safetensors` with an I64 tensor.
///
/// @param uri where it lies, `file:`
/// @param tensor name of the tensor in a `.safetensors` source
public record TextSource(String uri, String tensor) {

    @JsonIgnore
    public boolean isTokenIds() {
        return uri.endsWith(".safetensors");
    }
}
