package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.function.DoubleUnaryOperator;

/// Operations of a transformer block as plain loops, sums in double.
record NaiveNeuralOps() implements NeuralOps {

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix y) {
        Shapes.checkNorm("layerNorm", x, weight, y);
        Shapes.checkShape("layerNorm", "bias", bias, 1, x.cols());
        for (long r = 0; r < x.rows(); r++) {
            double mean = sum(x, r, v -> v) / x.cols();
            double variance = sum(x, r, v -> (v - mean) * (v - mean)) / x.cols();
            double scale = 1 / Math.sqrt(variance + epsilon);
            for (long c = 0; c < x.cols(); c++) {
                double normed = (x.get(r, c) - mean) * scale;
                y.set(r, c, (float) (normed * weight.get(0, c) + bias.get(0, c)));
            }
        }
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float epsilon, Matrix y) {
        Shapes.checkNorm("rmsNorm", x, weight, y);
        for (long r = 0; r < x.rows(); r++) {
            double scale = 1 / Math.sqrt(sum(x, r, v -> v * v) / x.cols() + epsilon);
            for (long c = 0; c < x.cols(); c++) {
                y.set(r, c, (float) (x.get(r, c) * scale * weight.get(0, c)));
            }
        }
    }

    private static double sum(Matrix x, long row, DoubleUnaryOperator f) {
        double sum = 0;
        for (long c = 0; c < x.cols(); c++) {
            sum += f.applyAsDouble(x.get(row, c));
        }
        return sum;
    }

    @Override
    public void add(Matrix x, Matrix y) {
        Shapes.checkRepeated("add", x, y);
        for (long r = 0; r < y.rows(); r++) {
            for (long c = 0; c < y.cols(); c++) {
                y.set(r, c, y.get(r, c) + x.get(r % x.rows(), c));
            }
        }
    }

    @Override
    public void multiply(Matrix x, Matrix y) {
        Shapes.checkShape("multiply", "x", x, y.rows(), y.cols());
        for (long r = 0; r < y.rows(); r++) {
            for (long c = 0; c < y.cols(); c++) {
                y.set(r, c, y.get(r, c) * x.get(r, c));
            }
        }
    }

    @Override
    public void activate(Activation f, Matrix x) {
        for (long r = 0; r < x.rows(); r++) {
            for (long c = 0; c < x.cols(); c++) {
                x.set(r, c, (float) activate(f, x.get(r, c)));
            }
        }
    }

    @Override
    public void softCap(float cap, Matrix x) {
        Shapes.checkCap(cap);
        for (long r = 0; r < x.rows(); r++) {
            for (long c = 0; c < x.cols(); c++) {
                x.set(r, c, (float) (cap * Math.tanh(x.get(r, c) / (double) cap)));
            }
        }
    }

    private static double activate(Activation f, double x) {
        return switch (f) {
            case RELU -> Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> x / 2 * (1 + erf(x / Math.sqrt(2)));
            case GELU_TANH ->
                    x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_SIGMOID -> x / (1 + Math.exp(-1.702 * x));
            case TANH -> Math.tanh(x);
        };
    }

    /// The error function by its Maclaurin series,
    /// `2 / sqrt(pi) sum_n (-1)^n x^(2n+1) / (n! (2n+1))`.
    private static double erf(double x) {
        if (Math.abs(x) > 5) {
            return Math.signum(x);
        }
        double power = x;
        double sum = x;
        for (int n = 1; n < 120; n++) {
            power *= -x * x / n;
            sum += power / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    @Override
    public void rotate(Matrix cos, Matrix sin, Heads x) {
        rotate(cos, sin, x, 1, cos.cols());
    }

    @Override
    public void rotatePairs(Matrix cos, Matrix sin, Heads x) {
        rotate(cos, sin, x, 2, 1);
    }

    /// Pair i is the columns `i * step` and `i * step + distance`.
    private static void rotate(Matrix cos, Matrix sin, Heads x, long step, long distance) {
        Shapes.checkRotation(cos, sin, x);
        for (int h = 0; h < x.count(); h++) {
            Matrix head = x.head(h);
            for (long r = 0; r < head.rows(); r++) {
                long position = r % cos.rows();
                for (long i = 0; i < cos.cols(); i++) {
                    double a = head.get(r, i * step);
                    double b = head.get(r, i * step + distance);
                    double c = cos.get(position, i);
                    double s = sin.get(position, i);
                    head.set(r, i * step, (float) (a * c - b * s));
                    head.set(r, i * step + distance, (float) (b * c + a * s));
                }
            }
        }
    }

    @Override
    public void attention(Attention attention, Heads q, Heads k, Heads v, Matrix out) {
        Shapes.checkAttention(attention, q, k, v, out);
        for (int h = 0; h < q.count(); h++) {
            int g = h / (q.count() / k.count());
            double slope = attention.slopes().isEmpty() ? 0 : attention.slopes().get(h);
            Matrix target = out.columns(h * v.size(), (h + 1) * v.size());
            for (long row = 0; row < out.rows(); row++) {
                long position = row % attention.length();
                long first = row - position + attention.firstSeen(position);
                double[] weights = new double[Math.toIntExact(row - first + 1)];
                for (int j = 0; j < weights.length; j++) {
                    double dot = dot(q.head(h), row, k.head(g), first + j);
                    weights[j] = score(attention, dot) - slope * (row - first - j);
                }
                softmax(weights);
                mix(weights, v.head(g), first, target, row);
            }
        }
    }

    private static double score(Attention attention, double dot) {
        double score = attention.scale() * dot;
        double cap = attention.cap();
        return cap == 0 ? score : cap * Math.tanh(score / cap);
    }

    private static double dot(Matrix a, long rowOfA, Matrix b, long rowOfB) {
        double sum = 0;
        for (long c = 0; c < a.cols(); c++) {
            sum += (double) a.get(rowOfA, c) * b.get(rowOfB, c);
        }
        return sum;
    }

    private static void softmax(double[] x) {
        double max = Double.NEGATIVE_INFINITY;
        for (double value : x) {
            max = Math.max(max, value);
        }
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.exp(x[i] - max);
            sum += x[i];
        }
        for (int i = 0; i < x.length; i++) {
            x[i] /= sum;
        }
    }

    private static void mix(double[] weights, Matrix values, long first, Matrix out, long row) {
        for (long c = 0; c < values.cols(); c++) {
            double sum = 0;
            for (int j = 0; j < weights.length; j++) {
                sum += weights[j] * values.get(first + j, c);
            }
            out.set(row, c, (float) sum);
        }
    }

    @Override
    public void gather(Matrix table, int[] rows, Matrix out) {
        Shapes.checkGather(table, rows, out);
        for (int i = 0; i < rows.length; i++) {
            for (long c = 0; c < out.cols(); c++) {
                out.set(i, c, table.get(rows[i], c));
            }
        }
    }

    @Override
    public void scatterAdd(Matrix x, int[] rows, float[] factors, Matrix y) {
        Shapes.checkScatter(x, rows, factors, y);
        for (int i = 0; i < rows.length; i++) {
            for (long c = 0; c < x.cols(); c++) {
                double sum = y.get(rows[i], c) + (double) factors[i] * x.get(i, c);
                y.set(rows[i], c, (float) sum);
            }
        }
    }

    @Override
    public TokenScores score(Matrix logits, int[] targets) {
        Shapes.checkTargets(logits, targets);
        TokenScores scores = new TokenScores(targets.length);
        for (int r = 0; r < targets.length; r++) {
            int largest = 0;
            for (int c = 1; c < logits.cols(); c++) {
                largest = logits.get(r, c) > logits.get(r, largest) ? c : largest;
            }
            double max = logits.get(r, largest);
            double sum = sum(logits, r, v -> Math.exp(v - max));
            scores.logLikelihoods()[r] = logits.get(r, targets[r]) - max - Math.log(sum);
            scores.greedy()[r] = largest == targets[r];
        }
        return scores;
    }
}
