package io.sparsemesh.engine.allocation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Spreads a sparsity so that the sum of the linears' costs is the least: the steps of all ladders
/// are taken from the cheapest on, by cost per weight, until enough weights go; of the last one as
/// much as is left. On the convex hulls that is the optimum.
public final class BudgetAllocation {

    private BudgetAllocation() {}

    /// A step of a linear's hull.
    private record Step(int linear, Ladder.Level from, Ladder.Level to, long weights) {
        double costPerWeight() {
            return Ladder.slope(from, to) / weights;
        }

        double zeros() {
            return (to.sparsity() - from.sparsity()) * weights;
        }
    }

    /// @param sparsity on average over all weights, within what the ladders allow
    /// @return the sparsity of each linear; of equally cheap steps those of earlier linears first
    public static List<Double> spread(List<Ladder> ladders, double sparsity) {
        double[] shares = new double[ladders.size()];
        double left = 0;
        for (int i = 0; i < shares.length; i++) {
            shares[i] = ladders.get(i).levels().getFirst().sparsity();
            left += (sparsity - shares[i]) * ladders.get(i).weights();
        }
        for (Step step : steps(ladders)) {
            double part = Math.clamp(left / step.zeros(), 0, 1);
            shares[step.linear()] =
                    part == 1
                            ? step.to().sparsity()
                            : shares[step.linear()]
                                    + part * (step.to().sparsity() - step.from().sparsity());
            left -= part * step.zeros();
        }
        List<Double> all = new ArrayList<>();
        for (double share : shares) {
            all.add(share);
        }
        return all;
    }

    /// All, from the cheapest on. Those of one linear stay in their order: its hull is convex.
    private static List<Step> steps(List<Ladder> ladders) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < ladders.size(); i++) {
            List<Ladder.Level> hull = ladders.get(i).hull();
            for (int k = 1; k < hull.size(); k++) {
                steps.add(new Step(i, hull.get(k - 1), hull.get(k), ladders.get(i).weights()));
            }
        }
        steps.sort(Comparator.comparingDouble(Step::costPerWeight));
        return steps;
    }

    /// What an allocation costs along the hulls.
    public static double cost(List<Ladder> ladders, List<Double> shares) {
        double sum = 0;
        for (int i = 0; i < ladders.size(); i++) {
            sum += ladders.get(i).cost(shares.get(i));
        }
        return sum;
    }
}
