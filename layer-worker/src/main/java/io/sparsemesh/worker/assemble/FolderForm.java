package io.sparsemesh.worker.assemble;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter;
import io.sparsemesh.checkpoint.ModelFolderWriter.IfExists;
import io.sparsemesh.checkpoint.PackedIntegers;
import io.sparsemesh.checkpoint.SparseBitmask;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// How an output folder holds the pruned weights.
sealed interface FolderForm {

    List<FileDigest> write(ModelFolder dense, Path target, IfExists ifExists);

    /// Bytes of the tensors that it writes.
    long bytes(ModelFolder dense);

    /// @throws IllegalArgumentException when the job asks for a form that its method has not
    static FolderForm of(AssembleManifest manifest, ModelFolder dense, SolvedTensors solved) {
        String name = manifest.request().output().format();
        OutputFormat format =
                OutputFormat.named(name)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "format: expected one of %s, found '%s'"
                                                        .formatted(OutputFormat.names(), name)));
        Method method = manifest.request().method();
        return switch (format) {
            case DENSE -> new Dense(solved.weights());
            case PACK_QUANTIZED -> packed(method.quantization(), dense, solved);
            case SPARSE_BITMASK -> bitmask(manifest, dense, solved.weights());
        };
    }

    private static FolderForm packed(
            Quantization quantization, ModelFolder dense, SolvedTensors solved) {
        PackedIntegers encoding = new PackedIntegers(quantization.bits());
        return new Encoded(
                parts(solved.weights(), weight -> encoding.encode(weight, scale(solved, weight))),
                encoding.config(
                        quantization.groupSize(), Unencoded.modules(dense, solved.weights())));
    }

    private static Tensor scale(SolvedTensors solved, Tensor weight) {
        String linear = Unencoded.module(weight.name());
        Tensor scale = solved.scales().get(linear);
        if (scale == null) {
            throw new IllegalArgumentException(
                    "%s: expected the scales of its integers, found none".formatted(linear));
        }
        return scale;
    }

    private static FolderForm bitmask(
            AssembleManifest manifest, ModelFolder dense, Map<String, Tensor> weights) {
        SparseBitmask encoding = new SparseBitmask();
        Method method = manifest.request().method();
        boolean uniform = method.pattern() != null && method.overrides().isEmpty();
        long zeros = manifest.layers().stream().mapToLong(LayerReport::zeros).sum();
        long all = manifest.layers().stream().mapToLong(l -> l.rows() * l.cols()).sum();
        return new Encoded(
                parts(weights, encoding::encode),
                encoding.config(
                        (double) zeros / all,
                        uniform ? method.pattern() : "unstructured",
                        Unencoded.modules(dense, weights)));
    }

    private static Map<String, List<TensorSource>> parts(
            Map<String, Tensor> weights, Function<Tensor, List<TensorSource>> encode) {
        Map<String, List<TensorSource>> parts = new TreeMap<>();
        weights.forEach((name, weight) -> parts.put(name, encode.apply(weight)));
        return parts;
    }

    /// As the model has them.
    record Dense(Map<String, Tensor> weights) implements FolderForm {
        @Override
        public List<FileDigest> write(ModelFolder dense, Path target, IfExists ifExists) {
            Map<String, TensorSource.Content> contents = new TreeMap<>();
            weights.forEach(
                    (name, weight) -> contents.put(name, TensorSource.of(weight).content()));
            return ModelFolderWriter.write(dense, contents, target, ifExists);
        }

        @Override
        public long bytes(ModelFolder dense) {
            return dense.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum();
        }
    }

    /// In parts, which the config declares.
    record Encoded(Map<String, List<TensorSource>> parts, ObjectNode declaration)
            implements FolderForm {
        @Override
        public List<FileDigest> write(ModelFolder dense, Path target, IfExists ifExists) {
            return ModelFolderWriter.writeEncoded(dense, parts, declaration, target, ifExists);
        }

        @Override
        public long bytes(ModelFolder dense) {
            long kept =
                    dense.tensors().values().stream()
                            .filter(tensor -> !parts.containsKey(tensor.name()))
                            .mapToLong(TensorInfo::byteSize)
                            .sum();
            return kept
                    + parts.values().stream()
                            .flatMap(List::stream)
                            .mapToLong(TensorSource::byteSize)
                            .sum();
        }
    }
}
