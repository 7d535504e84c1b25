package io.sparsemesh.engine.family;

import io.sparsemesh.engine.model.LinearDescription;
import java.util.List;
import java.util.stream.Stream;

/// Linear layers that many families name alike.
final class Linears {

    private Linears() {}

    /// `q_proj`, `k_proj` and `v_proj`.
    ///
    /// @param prefix of their names
    static List<LinearDescription> qkv(
            String prefix, long hidden, HeadLayout heads, boolean biased) {
        return List.of(
                LinearDescription.of(prefix + "q_proj", hidden, heads.queryColumns(), biased),
                LinearDescription.of(prefix + "k_proj", hidden, heads.keyColumns(), biased),
                LinearDescription.of(prefix + "v_proj", hidden, heads.keyColumns(), biased));
    }

    /// `gate_proj` and `up_proj`.
    static List<LinearDescription> gateAndUp(
            String prefix, long hidden, long inner, boolean biased) {
        return List.of(
                LinearDescription.of(prefix + "gate_proj", hidden, inner, biased),
                LinearDescription.of(prefix + "up_proj", hidden, inner, biased));
    }

    /// The linears of both lists.
    static List<LinearDescription> both(
            List<LinearDescription> first, List<LinearDescription> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
