package io.sparsemesh.deploy.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/// What the tasks of one job tell, once it is over.
///
/// @param runs those that took time, by their beginnings
record TaskTimes(List<ThrottledHandler.Run> runs) {

    TaskTimes {
        runs = runs.stream().sorted(Comparator.comparingLong(ThrottledHandler.Run::begin)).toList();
    }

    /// Most that ran at a time.
    int atOnce() {
        TreeMap<Long, Integer> changes = new TreeMap<>();
        for (ThrottledHandler.Run run : runs) {
            changes.merge(run.begin(), 1, Integer::sum);
            changes.merge(run.end(), -1, Integer::sum);
        }
        int now = 0;
        int most = 0;
        for (int change : changes.values()) {
            now += change;
            most = Math.max(most, now);
        }
        return most;
    }

    /// Share of the workers' time in which they had a task, from the first one's begin to the last
    /// one's end.
    double busy(int workers) {
        long worked = runs.stream().mapToLong(run -> run.end() - run.begin()).sum();
        return (double) worked / (workers * (end() - runs.getFirst().begin()));
    }

    private long end() {
        return runs.stream().mapToLong(ThrottledHandler.Run::end).max().orElseThrow();
    }

    /// The moments in which no task ran, between the first and the last.
    Quantiles hopMillis() {
        List<Double> hops = new ArrayList<>();
        long busyUntil = Long.MAX_VALUE;
        for (ThrottledHandler.Run run : runs) {
            if (run.begin() > busyUntil) {
                hops.add((run.begin() - busyUntil) / 1e6);
            }
            busyUntil = busyUntil == Long.MAX_VALUE ? run.end() : Math.max(busyUntil, run.end());
        }
        return Quantiles.of(hops);
    }
}
