package io.sparsemesh.gateway.job;

import io.sparsemesh.contracts.event.JobResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// One point of quality over sparsity.
///
/// @param name of the candidate, or `dense`
/// @param sparsity share of zeros over all pruned linears
/// @param perplexity by suite; by word, if the suite measures so
record CurvePoint(String name, double sparsity, Map<String, Double> perplexity) {

    /// The dense model, if it was measured, and the candidates, by rising sparsity.
    static List<CurvePoint> of(JobResult sweep) {
        List<CurvePoint> points = new ArrayList<>();
        if (!sweep.dense().isEmpty()) {
            points.add(new CurvePoint("dense", 0, perplexity(sweep.dense())));
        }
        sweep.candidates().stream()
                .map(c -> new CurvePoint(c.name(), c.sparsity(), perplexity(c.pruned())))
                .sorted(Comparator.comparingDouble(CurvePoint::sparsity))
                .forEach(points::add);
        return points;
    }

    private static Map<String, Double> perplexity(Map<String, Map<String, Double>> metrics) {
        Map<String, Double> perplexity = new TreeMap<>();
        metrics.forEach(
                (suite, values) ->
                        Stream.of("perplexity", "word_perplexity")
                                .filter(values::containsKey)
                                .findFirst()
                                .ifPresent(name -> perplexity.put(suite, values.get(name))));
        return perplexity;
    }
}
