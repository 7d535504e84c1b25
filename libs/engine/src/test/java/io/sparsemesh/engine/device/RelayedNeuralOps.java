package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// Operations between linears that another device computes.
record RelayedNeuralOps(NeuralOps to, Passage passage) implements NeuralOps {

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix y) {
        passage.run(
                "layerNorm",
                on ->
                        to.layerNorm(
                                on.read(x), on.read(weight), on.read(bias), epsilon, on.write(y)));
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float epsilon, Matrix y) {
        passage.run("rmsNorm", on -> to.rmsNorm(on.read(x), on.read(weight), epsilon, on.write(y)));
    }

    @Override
    public void add(Matrix x, Matrix y) {
        passage.run("add", on -> to.add(on.read(x), on.write(y)));
    }

    @Override
    public void multiply(Matrix x, Matrix y) {
        passage.run("multiply", on -> to.multiply(on.read(x), on.write(y)));
    }

    @Override
    public void activate(Activation f, Matrix x) {
        passage.run("activate", on -> to.activate(f, on.write(x)));
    }

    @Override
    public void softCap(float cap, Matrix x) {
        passage.run("softCap", on -> to.softCap(cap, on.write(x)));
    }

    @Override
    public void rotate(Matrix cos, Matrix sin, Heads x) {
        passage.run("rotate", on -> to.rotate(on.read(cos), on.read(sin), on.write(x)));
    }

    @Override
    public void rotatePairs(Matrix cos, Matrix sin, Heads x) {
        passage.run("rotatePairs", on -> to.rotatePairs(on.read(cos), on.read(sin), on.write(x)));
    }

    @Override
    public void attention(Attention attention, Heads q, Heads k, Heads v, Matrix out) {
        passage.run(
                "attention",
                on -> to.attention(attention, on.read(q), on.read(k), on.read(v), on.write(out)));
    }

    @Override
    public void gather(Matrix table, int[] rows, Matrix out) {
        passage.run("gather", on -> to.gather(on.read(table), rows, on.write(out)));
    }

    @Override
    public void scatterAdd(Matrix x, int[] rows, float[] factors, Matrix y) {
        passage.run("scatterAdd", on -> to.scatterAdd(on.read(x), rows, factors, on.write(y)));
    }

    @Override
    public TokenScores score(Matrix logits, int[] targets) {
        return passage.compute("score", on -> to.score(on.write(logits), targets));
    }
}
