package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.gateway.problem.Code;
import java.util.ArrayList;
import java.util.List;

/// Reads `targets`: one checkpoint is to be made for each.
///
/// @param reader of the entries
record SweepReader(TargetReader reader) {

    private static final int MIN = 2;
    private static final int MAX = 16;

    /// In the order of the request. Those at fault are left out.
    List<Target> read(Fields method) {
        if (method.has("sparsity") || method.has("pattern")) {
            method.refuseWhole(
                    Code.INVALID_VALUE,
                    "expected exactly one of sparsity, pattern and targets, found targets and "
                            + (method.has("sparsity") ? "sparsity" : "pattern"));
        }
        List<Fields> entries = method.objects("targets", MAX);
        if (entries.size() == 1 || method.isEmptyList("targets")) {
            method.refuse(
                    "targets",
                    "expected %d to %d entries, found %d".formatted(MIN, MAX, entries.size()));
        }
        List<Target> targets = new ArrayList<>();
        entries.forEach(entry -> readOne(entry, targets));
        return targets;
    }

    private void readOne(Fields entry, List<Target> targets) {
        TargetReader.Target read = reader.read(entry, "pattern");
        entry.finish();
        if ((read.sparsity() == null) == (read.pattern() == null) || !reader.isValid(read)) {
            return;
        }
        Target target = new Target(read.sparsity(), read.pattern());
        if (targets.stream().anyMatch(other -> other.fileName().equals(target.fileName()))) {
            entry.refuseWhole(
                    Code.INVALID_VALUE,
                    "expected other targets than before, found %s again".formatted(target.asked()));
        }
        targets.add(target);
    }
}
