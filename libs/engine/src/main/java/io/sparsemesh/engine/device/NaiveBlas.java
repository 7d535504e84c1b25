package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// Products as plain loops with sums in double.
record NaiveBlas() implements Blas {

    @Override
    public void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("multiply", a.rows(), a.cols(), b.rows(), b.cols(), c);
        product(alpha, a.cols(), (i, k) -> a.get(i, k), (k, j) -> b.get(k, j), beta, c);
    }

    @Override
    public void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("multiplyTransposed", a.rows(), a.cols(), b.cols(), b.rows(), c);
        product(alpha, a.cols(), (i, k) -> a.get(i, k), (k, j) -> b.get(j, k), beta, c);
    }

    @Override
    public void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("transposedMultiply", a.cols(), a.rows(), b.rows(), b.cols(), c);
        product(alpha, a.rows(), (i, k) -> a.get(k, i), (k, j) -> b.get(k, j), beta, c);
    }

    @Override
    public void addScaled(float alpha, Matrix a, float beta, Matrix c) {
        Shapes.checkShape("addScaled", "A", a, c.rows(), c.cols());
        for (long i = 0; i < c.rows(); i++) {
            for (long j = 0; j < c.cols(); j++) {
                double old = beta == 0 ? 0 : (double) beta * c.get(i, j);
                c.set(i, j, (float) (old + (double) alpha * a.get(i, j)));
            }
        }
    }

    @Override
    public double dot(Matrix a, Matrix b) {
        Shapes.checkShape("dot", "B", b, a.rows(), a.cols());
        double sum = 0;
        for (long i = 0; i < a.rows(); i++) {
            for (long j = 0; j < a.cols(); j++) {
                sum += (double) a.get(i, j) * b.get(i, j);
            }
        }
        return sum;
    }

    @Override
    public void addGramUpper(Matrix x, Matrix h) {
        Shapes.checkShape("addGramUpper", "H", h, x.cols(), x.cols());
        product(1, x.rows(), (i, k) -> x.get(k, i), (k, j) -> x.get(k, j), 1, h);
    }

    @Override
    public void mirrorUpper(Matrix h) {
        Shapes.checkShape("mirrorUpper", "H", h, h.rows(), h.rows());
        for (long i = 0; i < h.rows(); i++) {
            for (long j = i + 1; j < h.cols(); j++) {
                h.set(j, i, h.get(i, j));
            }
        }
    }

    @FunctionalInterface
    private interface Element {
        float at(long row, long col);
    }

    private static void product(
            float alpha, long inner, Element a, Element b, float beta, Matrix c) {
        for (long i = 0; i < c.rows(); i++) {
            for (long j = 0; j < c.cols(); j++) {
                double sum = 0;
                for (long k = 0; k < inner; k++) {
                    sum += (double) a.at(i, k) * b.at(k, j);
                }
                // As in BLAS: what C held is not read when beta is 0, not even a NaN.
                double old = beta == 0 ? 0 : (double) beta * c.get(i, j);
                c.set(i, j, (float) (old + alpha * sum));
            }
        }
    }
}
