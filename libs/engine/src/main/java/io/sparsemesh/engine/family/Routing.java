package io.sparsemesh.engine.family;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which tokens go to which experts, and with what weight.
final class Routing {

    private final List<List<Integer>> tokens = new ArrayList<>();
    private final List<List<Float>> weights = new ArrayList<>();

    private Routing(int experts) {
        for (int e = 0; e < experts; e++) {
            tokens.add(new ArrayList<>());
            weights.add(new ArrayList<>());
        }
    }

    /// The experts with the largest probabilities, the softmax over all of them; of equal ones the
    /// first.
    ///
    /// @param logits `[tokens x experts]`
    /// @param perToken how many experts a token goes to
    /// @param normalised whether the weights of a token are made to sum to one
    static Routing of(float[] logits, int experts, int perToken, boolean normalised) {
        Routing routing = new Routing(experts);
        for (int token = 0; token < logits.length / experts; token++) {
            float[] row = Arrays.copyOfRange(logits, token * experts, (token + 1) * experts);
            routing.send(token, softmax(row), perToken, normalised);
        }
        return routing;
    }

    private static double[] softmax(float[] logits) {
        double[] p = new double[logits.length];
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (int e = 0; e < p.length; e++) {
            p[e] = Math.exp(logits[e] - max);
            sum += p[e];
        }
        for (int e = 0; e < p.length; e++) {
            p[e] /= sum;
        }
        return p;
    }

    private void send(int token, double[] p, int perToken, boolean normalised) {
        int[] chosen = new int[perToken];
        double sum = 0;
        boolean[] taken = new boolean[p.length];
        for (int i = 0; i < perToken; i++) {
            chosen[i] = largest(p, taken);
            taken[chosen[i]] = true;
            sum += p[chosen[i]];
        }
        for (int e : chosen) {
            tokens.get(e).add(token);
            weights.get(e).add((float) (normalised ? p[e] / sum : p[e]));
        }
    }

    /// The first of the largest that are not taken; the first not taken where all are NaN.
    private static int largest(double[] p, boolean[] taken) {
        int largest = -1;
        for (int e = 0; e < p.length; e++) {
            if (!taken[e] && (largest < 0 || p[e] > p[largest])) {
                largest = e;
            }
        }
        return largest;
    }

    /// Rows that go to an expert, in order.
    int[] tokens(int expert) {
        return tokens.get(expert).stream().mapToInt(Integer::intValue).toArray();
    }

    /// Weight of each of [#tokens].
    float[] weights(int expert) {
        List<Float> list = weights.get(expert);
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i);
        }
        return values;
    }
}
