package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.contracts.plan.LinearSelector;
import io.sparsemesh.contracts.task.AssembleManifest;
import io.sparsemesh.contracts.task.TaskOutput.LayerReport;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.worker.tensor.WeightBits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What is said about an output folder, to be held against the folder itself.
final class Claims {

    private static final String WEIGHT = ".weight";
    private static final String CONFIG = "config.json";

    private final ModelFolder dense;
    private final Map<String, LinearDescription> linears;
    private final Map<String, Tensor> pruned;
    private final Map<String, LayerReport> reports;
    private final Method method;
    private final LinearSelector selector;
    private final boolean encoded;

    /// @param pruned the pruned tensors by name
    /// @param manifest with a report for each of them
    /// @throws IllegalArgumentException when a tensor has no report or the other way round
    Claims(OpenModel model, Map<String, Tensor> pruned, AssembleManifest manifest) {
        this.dense = model.folder();
        this.linears =
                model.description().blocks().stream()
                        .flatMap(block -> block.linears())
                        .collect(Collectors.toMap(LinearDescription::tensor, Function.identity()));
        this.pruned = pruned;
        this.reports =
                manifest.layers().stream()
                        .collect(Collectors.toMap(r -> r.name() + WEIGHT, r -> r));
        this.method = manifest.request().method();
        this.selector = new LinearSelector(method);
        this.encoded = !manifest.request().output().format().equals(OutputFormat.DENSE.text());
        if (!this.reports.keySet().equals(pruned.keySet())) {
            throw new IllegalArgumentException(
                    "expected pruned weights of %s, found those of %s"
                            .formatted(this.reports.keySet(), pruned.keySet()));
        }
    }

    /// Checks the folder: its tensors, their zeros and pattern, and the files beside them.
    ///
    /// @throws ArtifactException naming the first claim that does not hold
    /// @throws io.sparsemesh.checkpoint.CheckpointException when the folder cannot be opened
    void verify(Path folder) throws IOException {
        try (ModelFolder written = ModelFolder.openExpanded(folder)) {
            require(folder, "encoded weights", encoded, written.isExpanded());
            require(folder.resolve(CONFIG), "the config", dense.config(), written.config());
            require(
                    folder,
                    "the tensors of the dense model",
                    dense.tensors().keySet(),
                    written.tensors().keySet());
            for (TensorInfo info : dense.tensors().values()) {
                verify(folder, info.name(), written.tensor(info.name()));
            }
        }
        verifyIndex(folder);
        for (Path sidecar : dense.sidecars()) {
            Path copy = folder.resolve(sidecar.getFileName());
            if (encoded && copy.endsWith(CONFIG)) {
                continue;
            }
            if (!Files.isRegularFile(copy) || Files.mismatch(sidecar, copy) >= 0) {
                throw broken(copy, "the bytes of the dense model's file", "others");
            }
        }
    }

    /// A rewritten index says how many bytes there are; a copied one says what it always said.
    private void verifyIndex(Path folder) {
        if (!encoded) {
            return;
        }
        try (ModelFolder stored = ModelFolder.open(folder)) {
            long bytes = stored.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum();
            require(folder, "indexed bytes", bytes, stored.indexedBytes().orElse(bytes));
        }
    }

    /// Checks that the files on the disk are those that were written.
    ///
    /// @throws ArtifactException naming the first file that differs
    static void verifyDigests(Path folder, List<FileDigest> files) {
        for (FileDigest file : files) {
            FileDigest found = FileDigest.of(folder.resolve(file.name()));
            require(folder.resolve(file.name()), "the file written", file, found);
        }
    }

    private void verify(Path folder, String name, Tensor found) {
        Tensor expected = pruned.getOrDefault(name, dense.tensor(name));
        Path place = folder.resolve(name);
        require(place, "type", dense.tensor(name).dtype(), found.dtype());
        require(place, "shape", dense.tensor(name).shape(), found.shape());
        require(place, "first byte that differs", -1L, expected.mismatch(found));
        if (pruned.containsKey(name)) {
            verifyPruned(place, found, reports.get(name), linears.get(name));
        }
        expected.release();
        found.release();
    }

    private void verifyPruned(
            Path place, Tensor found, LayerReport report, LinearDescription linear) {
        WeightBits bits = new WeightBits(found.dtype(), found.data());
        require(place, "zeros", report.zeros(), bits.zeros());
        require(place, "negative zeros from", -1L, bits.firstNegativeZero().orElse(-1));
        switch (selector.target(report.name())) {
            case Sparsity.Unstructured _ -> {}
            case Sparsity.NOutOfM(int n, int m) -> verifyPattern(place, bits, linear, n, m);
        }
        if (method.quantization() != null) {
            verifyLevels(place, bits, linear, method.quantization());
        }
    }

    /// At most `2^bits` different weights in each group of each output.
    private static void verifyLevels(
            Path place, WeightBits bits, LinearDescription linear, Quantization quantization) {
        long width = quantization.groupSize() == 0 ? linear.inputs() : quantization.groupSize();
        Levels levels = new Levels(bits, 1 << quantization.bits());
        for (long row = 0; row < linear.outputs(); row++) {
            for (long first = 0; first < linear.inputs(); first += width) {
                levels.clear();
                for (long col = first; col < Math.min(first + width, linear.inputs()); col++) {
                    if (!levels.add(element(linear, row, col))) {
                        throw broken(
                                place,
                                "at most %d different weights from row %d, column %d on"
                                        .formatted(1 << quantization.bits(), row, first),
                                "more");
                    }
                }
            }
        }
    }

    /// Index of a weight in the file.
    private static long element(LinearDescription linear, long row, long col) {
        return linear.transposed() ? col * linear.outputs() + row : row * linear.inputs() + col;
    }

    /// At most n non-zeros in each m consecutive inputs of each output.
    private static void verifyPattern(
            Path place, WeightBits bits, LinearDescription linear, int n, int m) {
        for (long row = 0; row < linear.outputs(); row++) {
            for (long first = 0; first < linear.inputs(); first += m) {
                long end = Math.min(first + m, linear.inputs());
                int kept = 0;
                for (long col = first; col < end; col++) {
                    kept += bits.isZero(element(linear, row, col)) ? 0 : 1;
                }
                if (kept > n) {
                    throw broken(
                            place,
                            "at most %d non-zeros from row %d, column %d on"
                                    .formatted(n, row, first),
                            String.valueOf(kept));
                }
            }
        }
    }

    private static void require(Path place, String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw broken(place, what + " " + expected, String.valueOf(found));
        }
    }

    private static ArtifactException broken(Path place, String expected, String found) {
        return new ArtifactException(place.toString(), expected, found);
    }
}
