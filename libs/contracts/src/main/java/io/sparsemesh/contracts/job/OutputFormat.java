package io.sparsemesh.contracts.job;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How the weights lie in the output folder.
public enum OutputFormat {
    /// As in the model: loads everywhere.
    DENSE("dense"),
    /// Integers and scales of the compressed-tensors format of that name: loads where compressed
    /// tensors do.
    PACK_QUANTIZED("pack-quantized"),
    /// Non-zeros and a bit for each weight: a compact form at rest.
    SPARSE_BITMASK("sparse-bitmask");

    private final String text;

    OutputFormat(String text) {
        this.text = text;
    }

    /// As requests name it.
    public String text() {
        return text;
    }

    public static Optional<OutputFormat> named(String text) {
        return Arrays.stream(values()).filter(format -> format.text.equals(text)).findFirst();
    }

    /// The names of all of them.
    public static List<String> names() {
        return Arrays.stream(values()).map(OutputFormat::text).toList();
    }
}
