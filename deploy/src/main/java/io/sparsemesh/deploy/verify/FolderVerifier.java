package io.sparsemesh.deploy.verify;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Checks every claim of a report: each file's size and digest, and each pruned linear's
/// shape, zeros, pattern and levels, counted anew from the reopened checkpoint, whose encoded
/// weights are decoded; and the totals.
public final class FolderVerifier {
    private static final String WEIGHT = ".weight";
    private static final String DENSE = "dense";
    private static final String INDEX = "model.safetensors.index.json";
    private static final double ROUNDING = 1e-9;

    private final Path folder;
    private final Report report;
    private final List<Finding> findings = new ArrayList<>();

    private FolderVerifier(Path folder) {
        this.folder = folder;
        this.report = Report.read(folder);
    }

    /// What was checked, and what is wrong.
    ///
    /// @param files files that the report names
    /// @param layers linears that the report names
    /// @param zeros their zeros
    /// @param weights their weights
    public record Outcome(int files, int layers, long zeros, long weights, List<Finding> findings) {
        public Outcome {
            findings = List.copyOf(findings);
        }
    }

    /// @throws VerificationException if the folder has no readable report
    public static Outcome verify(Path folder) {
        return new FolderVerifier(folder).outcome();
    }

    private Outcome outcome() {
        if (report.files().isEmpty()) {
            findings.add(new Finding(Report.NAME, "expected digests of files, found none"));
        }
        report.files().forEach(this::checkFile);
        checkUnreported();
        String overall = FileDigest.overall(report.files());
        if (!overall.equals(report.sha256())) {
            findings.add(expected(Report.NAME, "sha256 " + report.sha256(), overall));
        }
        long zeros = checkLayers();
        long weights = report.layers().stream().mapToLong(l -> l.rows() * l.cols()).sum();
        checkSparsity(zeros, weights);
        return new Outcome(report.files().size(), report.layers().size(), zeros, weights, findings);
    }

    private void checkFile(FileDigest claim) {
        Path file = folder.resolve(claim.name()).normalize();
        if (!file.startsWith(folder.normalize()) || !Files.isRegularFile(file)) {
            findings.add(new Finding(claim.name(), "expected a file, found none"));
            return;
        }
        FileDigest digest = FileDigest.of(file);
        if (digest.size() != claim.size()) {
            findings.add(expected(claim.name(), claim.size() + " bytes", digest.size()));
        } else if (!digest.sha256().equals(claim.sha256())) {
            findings.add(expected(claim.name(), "sha256 " + claim.sha256(), digest.sha256()));
        }
    }

    private void checkSparsity(long zeros, long weights) {
        double sparsity = weights == 0 ? 0 : (double) zeros / weights;
        if (Math.abs(sparsity - report.sparsity()) > ROUNDING) {
            findings.add(expected(Report.NAME, "sparsity " + report.sparsity(), sparsity));
        }
    }

    private void checkUnreported() {
        Set<String> reported =
                report.files().stream().map(FileDigest::name).collect(Collectors.toSet());
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(Report.NAME) && !reported.contains(name))
                    .collect(Collectors.toCollection(TreeSet::new))
                    .forEach(name -> findings.add(new Finding(name, "is not in the report")));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private long checkLayers() {
        long zeros = 0;
        try (ModelFolder model = ModelFolder.openExpanded(folder)) {
            checkForm(model);
            boolean conv1d = model.modelType().equals("gpt2");
            for (Report.LayerClaim layer : report.layers()) {
                zeros += checkLayer(model, layer, conv1d);
            }
        } catch (CheckpointException e) {
            findings.add(new Finding(folder.toString(), e.getMessage()));
        }
        return zeros;
    }

    private void checkForm(ModelFolder model) {
        boolean encoded = !report.format().isEmpty() && !report.format().equals(DENSE);
        if (encoded != model.isExpanded()) {
            String found = model.isExpanded() ? "encoded weights" : DENSE;
            findings.add(expected("config.json", "format " + report.format(), found));
        }
        if (encoded) {
            checkIndex(model);
        }
    }

    private void checkIndex(ModelFolder model) {
        long bytes =
                model.shards().values().stream()
                        .flatMap(shard -> shard.tensors().values().stream())
                        .mapToLong(TensorInfo::byteSize)
                        .sum();
        if (model.indexedBytes().orElse(bytes) != bytes) {
            long claimed = model.indexedBytes().getAsLong();
            findings.add(expected(INDEX, "total_size %d".formatted(claimed), bytes));
        }
    }

    private long checkLayer(ModelFolder model, Report.LayerClaim claim, boolean transposed) {
        Tensor weight = model.tensor(claim.name() + WEIGHT);
        List<Long> shape =
                transposed
                        ? List.of(claim.cols(), claim.rows())
                        : List.of(claim.rows(), claim.cols());
        if (!weight.shape().equals(shape)) {
            findings.add(expected(claim.name(), "shape " + shape, weight.shape()));
            return 0;
        }
        ZeroCount count = ZeroCount.of(weight, transposed, claim.pattern());
        if (count.zeros() != claim.zeros()) {
            findings.add(expected(claim.name(), claim.zeros() + " zeros", count.zeros()));
        }
        if (count.negativeZeros() > 0) {
            findings.add(expected(claim.name(), "zeros +0.0", count.negativeZeros() + " of -0.0"));
        }
        if (count.brokenGroups() > 0) {
            Report.Pattern p = claim.pattern().orElseThrow();
            findings.add(
                    expected(
                            claim.name(),
                            "at most %d non-zeros in each %d inputs".formatted(p.n(), p.m()),
                            count.brokenGroups() + " groups with more"));
        }
        report.grid().ifPresent(grid -> checkLevels(weight, claim, transposed, grid));
        return count.zeros();
    }

    private void checkLevels(
            Tensor weight, Report.LayerClaim claim, boolean transposed, Report.Grid grid) {
        long groups = LevelCount.groupsWithTooMany(weight, transposed, grid);
        if (groups > 0) {
            findings.add(
                    expected(
                            claim.name(),
                            "at most %d different weights a group".formatted(1 << grid.bits()),
                            groups + " groups with more"));
        }
    }

    private static Finding expected(String subject, String expected, Object found) {
        return new Finding(subject, "expected " + expected + ", found " + found);
    }
}
