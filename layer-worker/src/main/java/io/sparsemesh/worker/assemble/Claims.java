package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorInfo;
import io.sparsemesh.contracts.job.Sparsity;
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

    private final ModelFolder dense;
    private final Map<String, LinearDescription> linears;
    private final Map<String, Tensor> pruned;
    private final Map<String, LayerReport> reports;
    private final Sparsity sparsity;

    /// @param pruned the pruned tensors by name
    /// @param reports one for each of them
    /// @throws IllegalArgumentException when a tensor has no report or the other way round
    Claims(
            OpenModel model,
            Map<String, Tensor> pruned,
            List<LayerReport> reports,
            Sparsity sparsity) {
        this.dense = model.folder();
        this.linears =
                model.description().blocks().stream()
                        .flatMap(block -> block.linears())
                        .collect(Collectors.toMap(LinearDescription::tensor, Function.identity()));
        this.pruned = pruned;
        this.reports = reports.stream().collect(Collectors.toMap(r -> r.name() + WEIGHT, r -> r));
        this.sparsity = sparsity;
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
        try (ModelFolder written = ModelFolder.open(folder)) {
            require(
                    folder,
                    "the tensors of the dense model",
                    dense.tensors().keySet(),
                    written.tensors().keySet());
            for (TensorInfo info : dense.tensors().values()) {
                verify(folder, info.name(), written.tensor(info.name()));
            }
        }
        for (Path sidecar : dense.sidecars()) {
            Path copy = folder.resolve(sidecar.getFileName());
            if (!Files.isRegularFile(copy) || Files.mismatch(sidecar, copy) >= 0) {
                throw broken(copy, "the bytes of the dense model's file", "others");
            }
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
        require(place, "first byte that differs", -1L, expected.data().mismatch(found.data()));
        if (pruned.containsKey(name)) {
            verifyPruned(place, found, reports.get(name), linears.get(name));
        }
    }

    private void verifyPruned(
            Path place, Tensor found, LayerReport report, LinearDescription linear) {
        WeightBits bits = new WeightBits(found.dtype(), found.data());
        require(place, "zeros", report.zeros(), bits.zeros());
        require(place, "negative zeros from", -1L, bits.firstNegativeZero().orElse(-1));
        switch (sparsity) {
            case Sparsity.Unstructured _ -> {}
            case Sparsity.NOutOfM(int n, int m) -> verifyPattern(place, bits, linear, n, m);
        }
    }

    /// At most n non-zeros in each m consecutive inputs of each output.
    private static void verifyPattern(
            Path place, WeightBits bits, LinearDescription linear, int n, int m) {
        long step = linear.transposed() ? linear.outputs() : 1;
        long rowStep = linear.transposed() ? 1 : linear.inputs();
        for (long row = 0; row < linear.outputs(); row++) {
            for (long first = 0; first < linear.inputs(); first += m) {
                long end = Math.min(first + m, linear.inputs());
                int kept = 0;
                for (long col = first; col < end; col++) {
                    kept += bits.isZero(row * rowStep + col * step) ? 0 : 1;
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
