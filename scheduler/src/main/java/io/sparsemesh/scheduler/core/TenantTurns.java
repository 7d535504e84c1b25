package io.sparsemesh.scheduler.core;

import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
import io.sparsemesh.scheduler.core.DispatchWindow.Pace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is remembered of tenants between two looks at what is ready in a pool. Whoever has nothing
/// ready gets a credit for each task that others are handed meanwhile, up to twice the workers, and
/// has as many tasks beyond an equal share later: else a job whose tasks wait for each other would
/// find all workers taken after each wait, and never come to its share.
///
/// Of who is not known, credit is full: the memory may be lost at any time, and it holds those
/// alone who went lately.
public final class TenantTurns {

    private final Map<String, Memory> known = new HashMap<>();
    private long turns;

    /// @param last number of the last turn
    private record Memory(long last, int credit) {}

    private static int most(int workers) {
        return 2 * workers;
    }

    /// Tasks that a tenant may have handed out beyond what others have in flight.
    int credit(String tenant, int workers) {
        Memory memory = known.get(tenant);
        return memory == null ? most(workers) : Math.min(memory.credit(), most(workers));
    }

    /// When a tenant's last turn was: a greater number is later.
    long last(String tenant) {
        Memory memory = known.get(tenant);
        return memory == null ? 0 : memory.last();
    }

    /// Notes what was handed out, in its order. A turn by which a tenant stays below each other one
    /// that waits takes none of its credit; any other turn takes one.
    ///
    /// @param ready what could have been: something of each tenant that waits
    /// @param pace as it was before
    public void went(List<Candidate> chosen, List<Candidate> ready, Pace pace) {
        if (chosen.isEmpty()) {
            return;
        }
        int workers = pace.workers();
        Set<String> waiting = new HashSet<>();
        ready.forEach(candidate -> waiting.add(candidate.share().tenant()));
        Map<String, Integer> held = pace.inFlightByTenant();
        for (Candidate candidate : chosen) {
            String tenant = candidate.share().tenant();
            int price = isBehind(tenant, waiting, held) ? 0 : 1;
            int left = Math.max(0, credit(tenant, workers) - price);
            known.put(tenant, new Memory(++turns, left));
            held.merge(tenant, 1, Integer::sum);
        }
        known.replaceAll(
                (tenant, memory) ->
                        waiting.contains(tenant)
                                ? memory
                                : new Memory(memory.last(), memory.credit() + chosen.size()));
        known.values().removeIf(memory -> memory.credit() >= most(workers) && memory.credit() > 0);
    }

    /// Whether others wait, and each of them holds more.
    private static boolean isBehind(String tenant, Set<String> waiting, Map<String, Integer> held) {
        int own = held.getOrDefault(tenant, 0);
        List<String> others = waiting.stream().filter(other -> !other.equals(tenant)).toList();
        return !others.isEmpty()
                && others.stream().allMatch(other -> held.getOrDefault(other, 0) > own);
    }
}
