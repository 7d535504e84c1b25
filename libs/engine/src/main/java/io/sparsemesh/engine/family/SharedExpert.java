package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.Pass;
import java.util.List;
import java.util.stream.IntStream;

/// A gated feed-forward layer beside routed experts: every token goes through it, weighed by a gate
/// of its own.
///
/// @param hidden features of a token
/// @param inner features between its linears
record SharedExpert(long hidden, long inner) {

    private static final String INPUT = "shared-expert-input";
    private static final String OUTPUT = "shared-expert-output";

    /// @param prefix of its linears' names
    List<InputGroup> groups(String prefix) {
        return List.of(
                new InputGroup(INPUT, Linears.gateAndUp(prefix, hidden, inner, false)),
                InputGroup.of(
                        OUTPUT, LinearDescription.of(prefix + "down_proj", inner, hidden, false)));
    }

    /// One number for each token; not pruned.
    LinearDescription gate(String name) {
        return LinearDescription.of(name, hidden, 1, false);
    }

    /// `hidden := hidden + sigmoid(gate(x)) expert(x)`.
    void add(
            Pass pass,
            BlockDescription block,
            LinearDescription gate,
            Activation f,
            Matrix x,
            Matrix hidden) {
        if (pass.showsEveryToken()) {
            return;
        }
        Matrix logits = pass.scratch("shared gate", 1);
        pass.linear(gate, x, logits);
        float[] weights = sigmoid(pass.download(logits));
        int[] all = IntStream.range(0, weights.length).toArray();
        Matrix y = FeedForward.gated(pass, block.group(INPUT), block.group(OUTPUT), f, x);
        pass.ops().scatterAdd(y, all, weights, hidden);
    }

    private static float[] sigmoid(float[] logits) {
        float[] weights = new float[logits.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (1 / (1 + Math.exp(-logits[i])));
        }
        return weights;
    }
}
