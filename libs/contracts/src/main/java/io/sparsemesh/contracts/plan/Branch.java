package io.sparsemesh.contracts.plan;

import io.sparsemesh.contracts.job.Candidate;
import io.sparsemesh.contracts.job.Method;
import java.util.List;

/// Candidates that see a block with the same inputs: they share its calibration, and each Gram
/// matrix' factor. That is exact as long as none of the weights before the block differ between
/// them.
///
/// @param tag part of the ids of the tasks, empty or with a `-` at its end
/// @param candidates names
record Branch(String tag, List<String> candidates) {

    Branch {
        candidates = List.copyOf(candidates);
    }

    /// The branches of a block.
    ///
    /// @param first whether no block before it is pruned
    static List<Branch> of(Method method, boolean first) {
        List<String> names = method.candidates().stream().map(Candidate::name).toList();
        Sharing sharing = Sharing.of(method);
        boolean together = sharing.coversAll() || first && sharing == Sharing.FIRST_BLOCK;
        return names.size() == 1 || together
                ? List.of(new Branch("", names))
                : names.stream().map(name -> new Branch(name + "-", List.of(name))).toList();
    }

    /// Any of the candidates: up to this block they are alike.
    String any() {
        return candidates.getFirst();
    }
}
