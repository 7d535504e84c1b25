package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;

/// Text or token ids: `.txt`, `.jsonl` with a `text` field, or `.safetensors` with an I64 tensor.
///
/// @param uri where it lies, `file:`
/// @param tensor name of the tensor in a `.safetensors` source, empty for texts
public record TextSource(String uri, String tensor) {

    public TextSource {
        tensor = tensor == null ? "" : tensor;
    }

    /// A source of text, which is tokenised with the model's tokenizer.
    public static TextSource text(String uri) {
        return new TextSource(uri, "");
    }

    @JsonIgnore
    public boolean isTokenIds() {
        return uri.endsWith(".safetensors");
    }
}
