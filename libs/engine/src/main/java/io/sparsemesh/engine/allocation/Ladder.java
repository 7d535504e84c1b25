package io.sparsemesh.engine.allocation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/// What several sparsities of one linear cost.
///
/// @param weights how many the linear has
/// @param levels by strictly rising sparsity, at least one
public record Ladder(long weights, List<Level> levels) {

    /// Around the asked sparsity, this far up and down.
    private static final double SPAN = 0.1;

    private static final int STEPS = 2;

    /// Above it layers break.
    private static final double HIGHEST = 0.95;

    public Ladder {
        levels = List.copyOf(levels);
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("ladder: expected at least one level, found none");
        }
        for (int i = 1; i < levels.size(); i++) {
            if (!(levels.get(i - 1).sparsity() < levels.get(i).sparsity())) {
                throw new IllegalArgumentException(
                        "ladder: expected rising sparsities, found " + levels);
            }
        }
    }

    /// @param sparsity share of zeros
    /// @param cost of the whole linear
    public record Level(double sparsity, double cost) {}

    /// The sparsities to be tried around `asked`, which is one of them; rising, within 0 and 0.95
    /// or `asked`.
    public static List<Double> around(double asked) {
        double highest = Math.max(HIGHEST, asked);
        return DoubleStream.iterate(-STEPS, i -> i <= STEPS, i -> i + 1)
                .map(i -> i == 0 ? asked : asked + i * SPAN / STEPS)
                .filter(share -> share >= 0 && share <= highest)
                .boxed()
                .toList();
    }

    /// The levels on the lower convex hull: along it each step costs more than the one before.
    List<Level> hull() {
        List<Level> hull = new ArrayList<>();
        for (Level level : levels) {
            while (hull.size() > 1 && isAbove(hull.get(hull.size() - 2), hull.getLast(), level)) {
                hull.removeLast();
            }
            hull.add(level);
        }
        return hull;
    }

    private static boolean isAbove(Level left, Level middle, Level right) {
        return slope(left, middle) >= slope(middle, right);
    }

    static double slope(Level from, Level to) {
        return (to.cost() - from.cost()) / (to.sparsity() - from.sparsity());
    }

    /// Cost along the hull.
    ///
    /// @param sparsity from the first level's to the last one's
    double cost(double sparsity) {
        List<Level> hull = hull();
        for (int i = 1; i < hull.size(); i++) {
            if (sparsity <= hull.get(i).sparsity()) {
                Level from = hull.get(i - 1);
                return from.cost() + (sparsity - from.sparsity()) * slope(from, hull.get(i));
            }
        }
        return hull.getLast().cost();
    }
}
