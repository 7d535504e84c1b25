package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.contracts.plan.JobPlan.SelectedLinear;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Bytes that a plan moves and that its tasks hold. Everything is computed in F32.
///
/// @param shards calibration shards, 0 without calibration
record Estimate(JobRequest request, Architecture model, List<SelectedLinear> linears, int shards) {

    private static final long F32 = 4;

    long bytesRead() {
        long selectedBlocks = linears.stream().mapToInt(SelectedLinear::block).distinct().count();
        long hidden = hiddenBytes() * Math.max(0, selectedBlocks - 1);
        long blocks = (long) shards * selectedBlocks * 2 * blockWeights() * model.elementBytes();
        return model.checkpointBytes() * 2 + hidden + blocks + gramBytes() + weightBytes();
    }

    long bytesWritten() {
        long selectedBlocks = linears.stream().mapToInt(SelectedLinear::block).distinct().count();
        long hidden = hiddenBytes() * selectedBlocks;
        return model.checkpointBytes() + hidden + gramBytes() + weightBytes();
    }

    Map<TaskKind, Long> peakMemory() {
        Map<TaskKind, Long> peak = new EnumMap<>(TaskKind.class);
        if (shards > 0) {
            peak.put(TaskKind.CALIBRATE, calibratePeak());
        }
        peak.put(TaskKind.SOLVE, solvePeak());
        peak.put(TaskKind.ASSEMBLE, (16L << 20) + decodedBytes());
        peak.put(TaskKind.EVALUATE, evaluatePeak());
        peak.put(TaskKind.REPORT, 1L << 20);
        return peak;
    }

    /// All calibration hidden states entering one block.
    private long hiddenBytes() {
        return shards == 0 ? 0 : calibrationTokens() * model.hidden() * F32;
    }

    private long calibrationTokens() {
        return (long) request.calibration().samples() * request.calibration().sequenceLength();
    }

    private long gramBytes() {
        return linears.stream()
                .map(l -> Map.entry(l.block() + "/" + l.group(), l.cols() * l.cols() * F32))
                .distinct()
                .mapToLong(e -> e.getValue() * shards)
                .sum();
    }

    private long weightBytes() {
        return linears.stream().mapToLong(l -> l.rows() * l.cols()).sum() * model.elementBytes();
    }

    private long blockWeights() {
        return model.groups().stream()
                .flatMap(g -> g.linears().stream())
                .mapToLong(Linear::weights)
                .sum();
    }

    private long calibratePeak() {
        long gram = model.groups().stream().mapToLong(g -> g.inputs() * g.inputs() * F32).sum();
        long shardTokens = (calibrationTokens() + shards - 1) / shards;
        return blockWeights() * F32 + gram + 2 * shardTokens * model.hidden() * F32;
    }

    /// The Gram matrix, its factor, and the weights of a linear before and after.
    private long solvePeak() {
        return model.groups().stream().mapToLong(this::solveBytes).max().orElse(0);
    }

    private long solveBytes(InputGroup group) {
        long gram = shards == 0 ? 0 : 3 * group.inputs() * group.inputs();
        long weights = group.linears().stream().mapToLong(Linear::weights).max().orElse(0);
        return (gram + 3 * weights) * F32;
    }

    /// Compressed weights are decoded one by one to be verified.
    private long decodedBytes() {
        if (request.output().format().equals(OutputFormat.DENSE.text())) {
            return 0;
        }
        long largest = linears.stream().mapToLong(l -> l.rows() * l.cols()).max().orElse(0);
        return largest * model.elementBytes();
    }

    private long evaluatePeak() {
        long weights = blockWeights() * model.blocks() + model.vocabulary() * model.hidden();
        return weights * F32;
    }
}
