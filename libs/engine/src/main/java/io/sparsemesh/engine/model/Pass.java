package io.sparsemesh.engine.model;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.NeuralOps;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// One computation of an [Architecture] over a batch of sequences: its weights, its scratch memory
/// and who watches. What it hands out lives until the next pass.
public final class Pass {

    private final Device device;
    private final Weights weights;
    private final Workspace workspace;
    private final long tokens;
    private final long length;
    private final Observation observation;
    private final boolean last;

    /// @param tokens rows of the hidden states
    /// @param length tokens of one sequence
    /// @param last whether it is the last batch that is observed
    Pass(
            Device device,
            Weights weights,
            Workspace workspace,
            long tokens,
            long length,
            Observation observation,
            boolean last) {
        this.device = device;
        this.weights = weights;
        this.workspace = workspace;
        this.tokens = tokens;
        this.length = length;
        this.observation = observation;
        this.last = last;
    }

    /// Tokens of one sequence.
    public long length() {
        return length;
    }

    public NeuralOps ops() {
        return device.neural();
    }

    /// Scratch memory `[tokens x cols]` with unspecified contents, the same for the same slot.
    public Matrix scratch(String slot, long cols) {
        return scratch(slot, tokens, cols);
    }

    /// Scratch memory `[rows x cols]`, as [#scratch(String, long)].
    public Matrix scratch(String slot, long rows, long cols) {
        return workspace.matrix(slot, rows, cols);
    }

    /// The elements of a small matrix, row by row.
    public float[] download(Matrix matrix) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, matrix.rows(), matrix.cols());
            device.download(matrix, host);
            return host.toArray();
        }
    }

    /// A table `[length x cols]` that depends on the model and the length only.
    public Matrix table(String slot, long cols, Supplier<float[]> values) {
        return workspace.table(slot, length, cols, values);
    }

    /// Writes the rows `ids` of an embedding table to `out`.
    ///
    /// @throws IllegalArgumentException when an id is not below `vocabulary`
    public void lookUp(String tensor, int[] ids, long vocabulary, Matrix out) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                throw new IllegalArgumentException(
                        "token %d: expected an id below %d, the size of the vocabulary, found %d"
                                .formatted(i, vocabulary, ids[i]));
            }
        }
        weights.gather(tensor, ids, out);
    }

    /// Adds row `first + position` of a table to each token.
    ///
    /// @throws IllegalArgumentException when the sequences are longer than the table
    public void addPositions(String tensor, long first, Matrix hidden) {
        Matrix table = weights.matrix(tensor);
        if (first + length > table.rows()) {
            throw new IllegalArgumentException(
                    "expected sequences of at most %d tokens, found %d"
                            .formatted(table.rows() - first, length));
        }
        ops().add(table.rows(first, first + length), hidden);
    }

    /// Layer norm of the weights `name.weight` and `name.bias`; ones and zeros where the model has
    /// none. `y` may be `x`.
    public void layerNorm(String name, double epsilon, Matrix x, Matrix y) {
        Matrix weight = weights.vector(name + ".weight", x.cols(), 1);
        Matrix bias = weights.vector(name + ".bias", x.cols(), 0);
        ops().layerNorm(x, weight, bias, (float) epsilon, y);
    }

    /// RMS norm of the weight `name.weight`. `y` may be `x`.
    public void rmsNorm(String name, double epsilon, Matrix x, Matrix y) {
        ops().rmsNorm(x, weights.matrix(name + ".weight"), (float) epsilon, y);
    }

    /// RMS norm whose file holds the weight less one (Gemma): `1 + name.weight`. `y` may be `x`.
    public void rmsNormFromOne(String name, double epsilon, Matrix x, Matrix y) {
        ops().rmsNorm(x, weights.onePlus(name + ".weight"), (float) epsilon, y);
    }

    /// `x := factor x`.
    public void scale(float factor, Matrix x) {
        device.blas().addScaled(factor, x, 0, x);
    }

    /// Runs the linears of a group on their common input, shown to the observer first. What the
    /// experts of a block give shares its memory.
    ///
    /// @return their outputs `[rows of x x outputs]` in order
    public List<Matrix> linears(InputGroup group, Matrix x) {
        observation.observe(group, x);
        skip(group);
        String name = group.name();
        String slot = group.routed() ? "expert" + name.substring(name.lastIndexOf('-')) : name;
        List<Matrix> outputs = new ArrayList<>();
        for (LinearDescription linear : group.linears()) {
            outputs.add(scratch(slot + " " + outputs.size(), x.rows(), linear.outputs()));
        }
        if (!name.equals(observation.unneeded())) {
            linears(group.linears(), x, outputs);
        }
        return outputs;
    }

    /// Several at once, where each is the usual `x W^T` and the weights can be there together.
    private void linears(List<LinearDescription> linears, Matrix x, List<Matrix> outputs) {
        if (linears.size() == 1
                || weights.arePassing()
                || linears.stream().anyMatch(LinearDescription::transposed)) {
            for (int i = 0; i < linears.size(); i++) {
                linear(linears.get(i), x, outputs.get(i));
            }
            return;
        }
        List<Matrix> matrices =
                linears.stream().map(linear -> weights.matrix(linear.tensor())).toList();
        device.blas().multiplyTransposed(x, matrices, outputs);
        for (int i = 0; i < linears.size(); i++) {
            addBias(linears.get(i), outputs.get(i));
        }
    }

    /// Says that no more tokens of this batch get to a group.
    public void skip(InputGroup group) {
        if (last) {
            observation.completed(group);
        }
    }

    /// Whether experts are to be shown every token, to gather statistics, and to give nothing.
    public boolean showsEveryToken() {
        return !observation.everyToken().isEmpty();
    }

    /// Whether every token is wanted of this routed group.
    public boolean showsEveryToken(InputGroup group) {
        return observation.everyToken().contains(group.name());
    }

    /// As [#linears] for a group with one linear.
    public Matrix linear(InputGroup group, Matrix x) {
        return linears(group, x).getFirst();
    }

    /// `y = x W^T + b`, unobserved.
    public void linear(LinearDescription linear, Matrix x, Matrix y) {
        Matrix weight = weights.matrix(linear.tensor());
        if (linear.transposed()) {
            device.blas().multiply(1, x, weight, 0, y);
        } else {
            device.blas().multiplyTransposed(1, x, weight, 0, y);
        }
        addBias(linear, y);
    }

    private void addBias(LinearDescription linear, Matrix y) {
        if (linear.biased()) {
            ops().add(weights.matrix(linear.biasTensor()), y);
        }
    }
}
