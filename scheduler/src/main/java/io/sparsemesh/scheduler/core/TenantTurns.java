package io.sparsemesh.scheduler.core;

import io.sparsemesh.scheduler.core.DispatchWindow.Candidate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is remembered of tenants between two looks at what is ready. Whoever has nothing ready gets
/// a credit for each task that others are handed meanwhile, up to twice the workers, and goes
/// before them with as many tasks later: else a job whose tasks wait for each other would find all
/// workers taken after each wait, and never come to its share.
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

    /// Tasks that a tenant may have handed out before others who have as much in flight.
    int credit(String tenant, int workers) {
        Memory memory = known.get(tenant);
        return memory == null ? most(workers) : Math.min(memory.credit(), most(workers));
    }

    /// When a tenant's last turn was: a greater number is later.
    long last(String tenant) {
        Memory memory = known.get(tenant);
        return memory == null ? 0 : memory.last();
    }

    /// Notes what was handed out, in its order.
    ///
    /// @param ready all that could have been
    public void went(List<Candidate> chosen, List<Candidate> ready, int workers) {
        Set<String> waiting = new HashSet<>();
        ready.forEach(candidate -> waiting.add(candidate.share().tenant()));
        for (Candidate candidate : chosen) {
            String tenant = candidate.share().tenant();
            int left = Math.max(0, credit(tenant, workers) - 1);
            known.put(tenant, new Memory(++turns, left));
        }
        known.replaceAll(
                (tenant, memory) ->
                        waiting.contains(tenant)
                                ? memory
                                : new Memory(memory.last(), memory.credit() + chosen.size()));
        known.values().removeIf(memory -> memory.credit() >= most(workers) && memory.credit() > 0);
    }
}
