package io.sparsemesh.deploy.bench;

import java.util.Collection;
import java.util.List;

/// Of a set of times in milliseconds.
public record Quantiles(int count, double mean, double p50, double p95, double p99, double max) {

    /// Nearest-rank quantiles; all zero for none.
    public static Quantiles of(Collection<Double> millis) {
        List<Double> sorted = millis.stream().sorted().toList();
        double mean = sorted.stream().mapToDouble(d -> d).average().orElse(0);
        return new Quantiles(
                sorted.size(),
                rounded(mean),
                at(sorted, 0.5),
                at(sorted, 0.95),
                at(sorted, 0.99),
                at(sorted, 1));
    }

    private static double at(List<Double> sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.size());
        return sorted.isEmpty() ? 0 : rounded(sorted.get(Math.max(1, rank) - 1));
    }

    private static double rounded(double millis) {
        return Math.round(10 * millis) / 10.0;
    }
}
