package io.sparsemesh.scheduler.inbox;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;

/// Knows the messages whose effect is in the database.
@ApplicationScoped
public class Inbox {

    private final EntityManager entities;

    Inbox(EntityManager entities) {
        this.entities = entities;
    }

    /// Notes the message in the caller's transaction.
    ///
    /// @return whether it is the first time
    public boolean isNew(String eventId) {
        return entities.createNativeQuery(
                                "insert into scheduler.inbox (event_id) values (?1)"
                                        + " on conflict do nothing")
                        .setParameter(1, eventId)
                        .executeUpdate()
                == 1;
    }

    /// Forgets what the broker, which keeps records for a week, has forgotten too.
    @Transactional
    public void forget() {
        entities.createNativeQuery(
                        "delete from scheduler.inbox where received_at < now() - interval '8 days'")
                .executeUpdate();
    }
}
