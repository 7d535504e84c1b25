package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.device.NeuralOps;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;

/// Kernels over rows of tokens.
record CudaNeuralOps(Gpu gpu, CudaBlas blas) implements NeuralOps {

    private static UnsupportedOperationException todo() {
        return new UnsupportedOperationException();
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix y) {
        throw todo();
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float epsilon, Matrix y) {
        throw todo();
    }

    @Override
    public void add(Matrix x, Matrix y) {
        throw todo();
    }

    @Override
    public void multiply(Matrix x, Matrix y) {
        throw todo();
    }

    @Override
    public void activate(Activation f, Matrix x) {
        throw todo();
    }

    @Override
    public void softCap(float cap, Matrix x) {
        throw todo();
    }

    @Override
    public void rotate(Matrix cos, Matrix sin, Heads x) {
        throw todo();
    }

    @Override
    public void rotatePairs(Matrix cos, Matrix sin, Heads x) {
        throw todo();
    }

    @Override
    public void attention(Attention attention, Heads q, Heads k, Heads v, Matrix out) {
        throw todo();
    }

    @Override
    public void gather(Matrix table, int[] rows, Matrix out) {
        throw todo();
    }

    @Override
    public void scatterAdd(Matrix x, int[] rows, float[] factors, Matrix y) {
        throw todo();
    }

    @Override
    public TokenScores score(Matrix logits, int[] targets) {
        throw todo();
    }
}
