package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.model.ModelConfig;
import io.sparsemesh.engine.model.Pass;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Gated feed-forward layers of which a router picks some for each token (Shazeer et al. 2017).
/// Each expert's linears are groups of their own, whose statistics see the tokens it gets.
///
/// @param count number of experts
/// @param perToken how many of them a token goes to
/// @param normalised whether the weights of a token's experts are made to sum to one
record Experts(int count, int perToken, boolean normalised) {

    /// In all blocks: each has three weights, and a checkpoint at most 65,536 tensors.
    private static final int MOST = 65_536 / 3;

    /// @param counts where the config has the number of experts
    /// @throws io.sparsemesh.checkpoint.CheckpointException when a token goes to more than there
    ///     are, or there are more than a checkpoint can hold
    static Experts read(ModelConfig config, String counts, boolean normalised) {
        int count = config.count(counts);
        int blocks = config.count("num_hidden_layers");
        if ((long) count * blocks > MOST) {
            throw config.invalid(
                    counts, "at most %d experts in all %d blocks".formatted(MOST, blocks), count);
        }
        int perToken = config.count("num_experts_per_tok");
        if (perToken > count) {
            throw config.invalid(
                    "num_experts_per_tok", "at most the %d experts".formatted(count), perToken);
        }
        return new Experts(count, perToken, normalised);
    }

    private static String in(int expert) {
        return "expert-%d-input".formatted(expert);
    }

    private static String out(int expert) {
        return "expert-%d-output".formatted(expert);
    }

    /// Two groups for each expert.
    ///
    /// @param gateAndUp an expert's first linears
    /// @param down its last one
    List<InputGroup> groups(
            IntFunction<List<LinearDescription>> gateAndUp, IntFunction<LinearDescription> down) {
        return IntStream.range(0, count)
                .boxed()
                .flatMap(
                        e ->
                                Stream.of(
                                        new InputGroup(in(e), gateAndUp.apply(e), true),
                                        new InputGroup(out(e), List.of(down.apply(e)), true)))
                .toList();
    }

    /// Those groups of experts whose linears are `gate_proj`, `up_proj` and `down_proj`.
    ///
    /// @param prefix of the experts' names, before their number
    List<InputGroup> gated(String prefix, long hidden, long inner) {
        return groups(
                e -> Linears.gateAndUp(prefix + e + ".", hidden, inner, false),
                e -> LinearDescription.of(prefix + e + ".down_proj", inner, hidden, false));
    }

    /// One number for each expert; not pruned.
    LinearDescription router(String name, long inputs) {
        return LinearDescription.of(name, inputs, count, false);
    }

    /// `hidden := hidden + sum of weight_e expert_e(x)` over the experts of each token.
    ///
    /// @param router as [#router]
    void add(
            Pass pass,
            BlockDescription block,
            LinearDescription router,
            Activation f,
            Matrix x,
            Matrix hidden) {
        if (pass.showsEveryToken()) {
            showEveryToken(pass, block, f, x);
            return;
        }
        Matrix logits = pass.scratch("router", count);
        pass.linear(router, x, logits);
        Routing routing = Routing.of(pass.download(logits), count, perToken, normalised);
        for (int e = 0; e < count; e++) {
            int[] tokens = routing.tokens(e);
            if (tokens.length == 0) {
                pass.skip(block.group(in(e)));
                pass.skip(block.group(out(e)));
            } else {
                Matrix routed = pass.scratch("routed", tokens.length, x.cols());
                pass.ops().gather(x, tokens, routed);
                Matrix y = run(pass, block, e, f, routed);
                pass.ops().scatterAdd(y, tokens, routing.weights(e), hidden);
            }
        }
    }

    private static Matrix run(Pass pass, BlockDescription block, int e, Activation f, Matrix x) {
        return FeedForward.gated(pass, block.group(in(e)), block.group(out(e)), f, x);
    }

    private void showEveryToken(Pass pass, BlockDescription block, Activation f, Matrix x) {
        for (int e = 0; e < count; e++) {
            if (pass.showsEveryToken(block.group(in(e)))
                    || pass.showsEveryToken(block.group(out(e)))) {
                run(pass, block, e, f, x);
            }
        }
    }
}
