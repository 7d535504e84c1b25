package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;

/// Text or token ids: `.txt`, `.jsonl` with a field of text, or `.safetensors` with an I64 tensor.
///
/// @param uri where it lies, `file:`
/// @param tensor name of the tensor in a `.safetensors` source, empty for texts
/// @param field that has the text in the lines of a `.jsonl` source
public record TextSource(String uri, String tensor, String field) {

    /// Where the text stands unless the request says otherwise.
    public static final String DEFAULT_FIELD = "text";

    public TextSource {
        tensor = tensor == null ? "" : tensor;
        field = field == null ? DEFAULT_FIELD : field;
    }

    public TextSource(String uri, String tensor) {
        this(uri, tensor, DEFAULT_FIELD);
    }

    /// A source of text, which is tokenised with the model's tokenizer.
    public static TextSource text(String uri) {
        return new TextSource(uri, "");
    }

    @JsonIgnore
    public boolean isTokenIds() {
        return uri.endsWith(".safetensors");
    }

    @JsonIgnore
    public boolean isJsonLines() {
        return uri.endsWith(".jsonl");
    }
}
