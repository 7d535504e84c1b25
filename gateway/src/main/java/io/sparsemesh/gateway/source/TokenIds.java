package io.sparsemesh.gateway.source;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.gateway.problem.Code;
import java.nio.file.Path;

/// The header of a source of token ids: an I64 tensor `[samples, length]` or `[tokens]`.
public record TokenIds(TensorInfo tensor) {

    /// Tensor that is read when the request names none.
    public static final String DEFAULT_TENSOR = "input_ids";

    /// @throws SourceException if the file is broken, or has no such tensor of token ids
    public static TokenIds read(Path file, String tensor) {
        try (SafetensorsFile ids = SafetensorsFile.open(file)) {
            TensorInfo info = ids.tensors().get(tensor);
            if (info == null) {
                throw invalid(
                        file,
                        "expected a tensor '%s', found %s"
                                .formatted(
                                        tensor, ids.tensors().keySet().stream().limit(8).toList()));
            }
            if (info.dtype() != Dtype.I64 || info.shape().isEmpty() || info.shape().size() > 2) {
                throw invalid(
                        file,
                        "tensor '%s': expected I64 [samples, length] or [tokens], found %s %s"
                                .formatted(tensor, info.dtype(), info.shape()));
            }
            return new TokenIds(info);
        } catch (CheckpointException e) {
            throw new SourceException(Code.INVALID_SOURCE, e.getMessage());
        }
    }

    /// Checks that `samples` windows of `length` tokens can be taken.
    ///
    /// @throws SourceException if there are fewer
    public void requireWindows(Path file, long samples, long length) {
        boolean flat = tensor.shape().size() == 1;
        long found = flat ? tensor.shape().getFirst() / length : tensor.shape().getFirst();
        boolean longEnough = flat || tensor.shape().getLast() >= length;
        if (found < samples || !longEnough) {
            throw invalid(
                    file,
                    "tensor '%s': expected at least %d sequences of %d tokens, found %s"
                            .formatted(tensor.name(), samples, length, tensor.shape()));
        }
    }

    private static SourceException invalid(Path file, String detail) {
        return new SourceException(
                Code.INVALID_SOURCE, "[%s] %s".formatted(file.getFileName(), detail));
    }
}
