package io.sparsemesh.engine;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.engine.solver.SolverOptions;
import io.sparsemesh.engine.solver.Sparsity;
import java.util.ArrayList;
import java.util.List;

/// What the reference was asked to do to a model.
///
/// @param args its command line, without model and data
public record ReferenceRun(List<String> args) {

    /// Reads `args` of one of its results.
    static ReferenceRun of(JsonNode result) {
        List<String> args = new ArrayList<>();
        result.get("args").forEach(arg -> args.add(arg.asText()));
        return new ReferenceRun(List.copyOf(args));
    }

    public boolean has(String option) {
        return args.contains(option);
    }

    private String text(String option, String otherwise) {
        int at = args.indexOf(option);
        return at < 0 ? otherwise : args.get(at + 1);
    }

    private double number(String option, double otherwise) {
        return Double.parseDouble(text(option, Double.toString(otherwise)));
    }

    boolean magnitude() {
        return has("--gmp");
    }

    /// Whether each group of linears sees what the pruned ones before it in its block make.
    boolean trueSequential() {
        return has("--true-sequential");
    }

    boolean dense() {
        return !has("--prunem") && number("--sparsity", 0) == 0;
    }

    /// Whether a layer is pruned: those of some blocks with some text in their name, or with
    /// `--invert` all others.
    ///
    /// @param name of the layer inside its block
    boolean prunes(int block, String name) {
        boolean selected =
                block >= number("--minlayer", 0)
                        && block < number("--maxlayer", Integer.MAX_VALUE)
                        && name.contains(text("--prune_only", ""));
        return !dense() && selected != has("--invert");
    }

    /// The reference counts zeros in a group, not what is kept.
    SolverOptions options() {
        int group = (int) number("--prunem", 0);
        Sparsity sparsity =
                group > 0
                        ? new Sparsity.NOutOfM(group - (int) number("--prunen", 0), group)
                        : new Sparsity.Unstructured(number("--sparsity", 0));
        return SolverOptions.of(sparsity)
                .withBlockSize((int) number("--blocksize", SolverOptions.DEFAULT_BLOCK_SIZE))
                .withDamping(number("--percdamp", SolverOptions.DEFAULT_DAMPING))
                .withBits((int) number("--wbits", SolverOptions.NOT_QUANTISED));
    }
}
