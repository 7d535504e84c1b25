package io.sparsemesh.deploy.mesh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
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

    @Test
    void everyPromiseIsKept() throws Exception {
        System.out.printf("chaos: -Dchaos.seed=%d%n", SEED);
        List<Fault> order = new ArrayList<>(QUICK);
        Collections.shuffle(order, new Random(SEED));
        Iterator<Fault> faults = order.iterator();
        Chaos.run(home, SEED, false, (chaos, _) -> next(faults, chaos));
    }

    private static Optional<Chaos.Next> next(Iterator<Fault> faults, ChaosMesh chaos) {
        while (faults.hasNext()) {
            Fault fault = faults.next();
            if (fault.isPossible(chaos)) {
                return Optional.of(new Chaos.Next(QUIET, fault));
            }
            System.out.printf("chaos: %s cannot happen here, it is left out%n", fault);
        }
        return Optional.empty();
    }
}
