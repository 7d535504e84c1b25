package io.sparsemesh.gateway.outbox;

import io.quarkus.hibernate.orm.panache.Panache;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.function.Consumer;

/// The outbox table as the relay sees it.
@ApplicationScoped
class OutboxRows {

    private static final int BATCH = 50;

    /// Arbitrary, but the same in every gateway: who holds it is the relay.
    private static final long RELAY_LOCK = 7_201_001L;

    /// Publishes the oldest rows and removes them. Nothing is removed if `publish` throws.
    ///
    /// @return whether there was anything, so that there may be more
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    boolean publishSome(Consumer<OutboxRow> publish) {
        Boolean relay =
                (Boolean)
                        Panache.getEntityManager()
                                .createNativeQuery(
                                        "select pg_try_advisory_xact_lock(?1)", Boolean.class)
                                .setParameter(1, RELAY_LOCK)
                                .getSingleResult();
        if (!relay) {
            return false;
        }
        List<OutboxRow> rows = OutboxRow.find("order by id").page(0, BATCH).list();
        for (OutboxRow row : rows) {
            publish.accept(row);
            row.delete();
        }
        return !rows.isEmpty();
    }
}
