package io.sparsemesh.deploy.mesh;

import java.util.List;

/// Whether a series of measurements grows: by the medians of its second and its last third, since
/// the first third fills caches and lets the oldest jobs reach their age.
///
/// @param values in the order in which they were measured
record Trend(List<Double> values) {

    /// How much more is no growth.
    ///
    /// @param share of what was there
    /// @param slack on top of it
    record Bound(double share, double slack) {}

    Trend {
        values = List.copyOf(values);
        if (values.size() < 3) {
            throw new IllegalArgumentException("expected 3 values and more, found " + values);
        }
    }

    double first() {
        return third(0);
    }

    double second() {
        return third(1);
    }

    double last() {
        return third(2);
    }

    boolean grows(Bound bound) {
        return last() - second() > bound.share() * second() + bound.slack();
    }

    private double third(int number) {
        int size = values.size();
        List<Double> sorted =
                values.subList(number * size / 3, (number + 1) * size / 3).stream()
                        .sorted()
                        .toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
