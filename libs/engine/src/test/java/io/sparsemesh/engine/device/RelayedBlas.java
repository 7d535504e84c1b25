package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// Linear algebra that another device computes.
record RelayedBlas(Blas to, Passage passage) implements Blas {

    @Override
    public void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        passage.run(
                "multiply", on -> to.multiply(alpha, on.read(a), on.read(b), beta, on.write(c)));
    }

    @Override
    public void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        passage.run(
                "multiplyTransposed",
                on -> to.multiplyTransposed(alpha, on.read(a), on.read(b), beta, on.write(c)));
    }

    @Override
    public void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        passage.run(
                "transposedMultiply",
                on -> to.transposedMultiply(alpha, on.read(a), on.read(b), beta, on.write(c)));
    }

    @Override
    public void addScaled(float alpha, Matrix a, float beta, Matrix c) {
        passage.run("addScaled", on -> to.addScaled(alpha, on.read(a), beta, on.write(c)));
    }

    @Override
    public double dot(Matrix a, Matrix b) {
        return passage.compute("dot", on -> to.dot(on.read(a), on.read(b)));
    }

    @Override
    public void addGramUpper(Matrix x, Matrix h) {
        passage.run("addGramUpper", on -> to.addGramUpper(on.read(x), on.write(h)));
    }

    @Override
    public void mirrorUpper(Matrix h) {
        passage.run("mirrorUpper", on -> to.mirrorUpper(on.write(h)));
    }
}
