package io.sparsemesh.engine.family;

import io.sparsemesh.engine.model.InputGroup;
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

    /// Attention's groups: `q_proj`, `k_proj` and `v_proj`, then `o_proj`.
    static List<InputGroup> attention(
            String prefix, long hidden, HeadLayout heads, boolean biased, boolean outBiased) {
        LinearDescription out =
                LinearDescription.of(prefix + "o_proj", heads.queryColumns(), hidden, outBiased);
        return List.of(
                new InputGroup(InputGroup.ATTENTION_INPUT, qkv(prefix, hidden, heads, biased)),
                InputGroup.of(InputGroup.ATTENTION_OUTPUT, out));
    }

    /// The groups of a gated feed-forward layer: `gate_proj` and `up_proj`, then `down_proj`.
    static List<InputGroup> gated(String prefix, long hidden, long inner, boolean biased) {
        LinearDescription down = LinearDescription.of(prefix + "down_proj", inner, hidden, biased);
        return List.of(
                new InputGroup(InputGroup.MLP_INPUT, gateAndUp(prefix, hidden, inner, biased)),
                InputGroup.of(InputGroup.MLP_OUTPUT, down));
    }

    /// The elements of both lists.
    static <T> List<T> both(List<T> first, List<T> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
