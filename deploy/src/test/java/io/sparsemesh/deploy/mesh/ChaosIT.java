package io.sparsemesh.deploy.mesh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The short form of [ChaosRun]: the quick ones of the faults once each, in an order of the seed.
class ChaosIT {

    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() & 0xffffff);
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final List<Fault> QUICK =
            List.of(
                    Fault.WORKER_KILLED,
                    Fault.SCHEDULER_KILLED,
                    Fault.GATEWAY_KILLED,
                    Fault.BROKER_KILLED,
                    Fault.DATABASE_KILLED,
                    Fault.CONNECTIONS_RESET,
                    Fault.RECORDS_REPLAYED,
                    Fault.POISON_SENT,
                    Fault.ARTIFACT_DAMAGED,
                    Fault.DISK_FULL);

    @TempDir Path home;

    /// It takes two to four minutes; the limit is there to end one that hangs.
    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void everyPromiseIsKept() throws Exception {
        System.out.printf("chaos: -Dchaos.seed=%d%n", SEED);
        List<Fault> order = new ArrayList<>(QUICK);
        Collections.shuffle(order, new Random(SEED));
        Iterator<Fault> faults = order.iterator();
        Set<Fault> quick = EnumSet.copyOf(QUICK);
        Chaos.run(
                home,
                new Chaos.Plan(SEED, quick, false, false, (possible, _) -> next(faults, possible)));
    }

    private static Optional<Chaos.Next> next(Iterator<Fault> faults, Set<Fault> possible) {
        while (faults.hasNext()) {
            Fault fault = faults.next();
            if (possible.contains(fault)) {
                return Optional.of(new Chaos.Next(QUIET, fault));
            }
        }
        return Optional.empty();
    }
}
