package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Sparsity;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.plan.JobPlan.SelectedLinear;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Bytes that a plan moves and that its tasks hold, before anything runs. It is held to what tasks
/// are measured to move and hold, kind by kind.
///
/// @param shards calibration shards, 0 without calibration
record Estimate(
        JobRequest request,
        Architecture model,
        List<PlannedTask> tasks,
        List<SelectedLinear> linears,
        int shards) {

    /// By kind of task, over all its tasks.
    Map<TaskKind, Traffic> traffic() {
        long output = outputBytes();
        Map<TaskKind, Traffic> traffic = new EnumMap<>(TaskKind.class);
        for (PlannedTask task : tasks) {
            traffic.merge(task.kind(), Traffic.of(task, request, model, output), Traffic::plus);
        }
        return traffic;
    }

    /// Most memory of one task at a time, by kind of task.
    Map<TaskKind, Long> peakMemory() {
        Map<TaskKind, Long> peak = new EnumMap<>(TaskKind.class);
        Holdings holdings = new Holdings(request, model, shards);
        for (PlannedTask task : tasks) {
            peak.put(
                    task.kind(),
                    switch (task.kind()) {
                        case CALIBRATE -> holdings.calibrate();
                        case PROFILE -> holdings.profile();
                        case ALLOCATE, KEEP -> holdings.kept();
                        case SOLVE -> holdings.solve();
                        case ASSEMBLE -> holdings.kept() + decodedBytes();
                        case EVALUATE -> holdings.evaluate();
                        case REPORT -> holdings.kept();
                    });
        }
        return peak;
    }

    /// Tensors of the output folder.
    long outputBytes() {
        long dense = weights() * model.elementBytes();
        return model.checkpointBytes() - dense + encodedBytes();
    }

    private long encodedBytes() {
        long dense = weights() * model.elementBytes();
        Quantization quantization = request.method().quantization();
        return switch (OutputFormat.named(request.output().format()).orElse(OutputFormat.DENSE)) {
            case DENSE -> dense;
            case PACK_QUANTIZED -> quantization == null ? dense : packedBytes(quantization);
            case SPARSE_BITMASK -> (long) (dense * kept()) + weights() / Byte.SIZE;
        };
    }

    /// Integers and the scales of their groups.
    private long packedBytes(Quantization quantization) {
        long group = quantization.groupSize();
        long scales =
                linears.stream()
                        .mapToLong(l -> l.rows() * (group == 0 ? 1 : l.cols() / group))
                        .sum();
        return weights() * quantization.bits() / Byte.SIZE + scales * model.elementBytes();
    }

    /// Share of the weights that stay, over all of them.
    private double kept() {
        double kept = 0;
        for (SelectedLinear linear : linears) {
            kept += linear.rows() * linear.cols() * (1 - share(linear.target()));
        }
        return kept / Math.max(weights(), 1);
    }

    /// Of a sweep's candidates on average.
    private static double share(String targets) {
        return Arrays.stream(targets.split(", "))
                .mapToDouble(target -> Sparsity.parse(target).target())
                .average()
                .orElseThrow();
    }

    private long weights() {
        return linears.stream().mapToLong(l -> l.rows() * l.cols()).sum();
    }

    /// Compressed weights are decoded one by one to be verified.
    private long decodedBytes() {
        if (request.output().format().equals(OutputFormat.DENSE.text())) {
            return 0;
        }
        long largest = linears.stream().mapToLong(l -> l.rows() * l.cols()).max().orElse(0);
        return largest * model.elementBytes();
    }
}
