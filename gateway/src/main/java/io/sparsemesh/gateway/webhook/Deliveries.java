package io.sparsemesh.gateway.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.quarkus.hibernate.orm.panache.Panache;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.job.RequestDocument.Webhook;
import io.sparsemesh.contracts.message.MessageCodec;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.transaction.Transactional;
import java.net.URI;
import java.util.List;

/// What is to be told of jobs, stored with the projection of the event that it tells.
@ApplicationScoped
@Transactional(Transactional.TxType.MANDATORY)
public class Deliveries {

    private static final TypeReference<List<Webhook>> WEBHOOKS = new TypeReference<>() {};

    /// Nothing more for a receiver that is gone.
    private static final String ADD =
            """
            insert into gateway.webhook_delivery
                   (job_id, seq, webhook, uri, receiver, event, body)
            select :job, :seq, :webhook, :uri, :receiver, :event, :body
             where not exists (select 1 from gateway.webhook_delivery
                                where job_id = :job and webhook = :webhook and state = 'GONE')
            """;

    private final Event<Stored> stored;

    Deliveries(Event<Stored> stored) {
        this.stored = stored;
    }

    /// Something is to be sent; the dispatcher observes this after the commit.
    record Stored() {}

    /// Stores what an event is told to those who asked for it.
    ///
    /// @param webhooks of the job, as [#json] wrote them
    public void add(JobEvent event, String webhooks) {
        WebhookEvent.of(event).ifPresent(name -> add(name, event, parse(webhooks)));
    }

    private void add(WebhookEvent name, JobEvent event, List<Webhook> webhooks) {
        for (int i = 0; i < webhooks.size(); i++) {
            if (webhooks.get(i).events().contains(name.text())) {
                add(name, event, i, webhooks.get(i).uri());
                stored.fire(new Stored());
            }
        }
    }

    private static void add(WebhookEvent name, JobEvent event, int webhook, String uri) {
        Panache.getEntityManager()
                .createNativeQuery(ADD)
                .setParameter("job", event.job().value())
                .setParameter("seq", event.seq())
                .setParameter("webhook", webhook)
                .setParameter("uri", uri)
                .setParameter("receiver", AddressRules.receiver(URI.create(uri)))
                .setParameter("event", name.text())
                .setParameter("body", CloudEvent.json(name, event))
                .executeUpdate();
    }

    /// Forgets everything that was or is to be told of a job.
    public void remove(JobId job) {
        DeliveryRow.delete("jobId", job.value());
    }

    /// How webhooks are stored with their job.
    public static String json(List<Webhook> webhooks) {
        try {
            return MessageCodec.mapper().writeValueAsString(webhooks);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("webhooks are strings", e);
        }
    }

    /// Reads what [#json] wrote.
    public static List<Webhook> parse(String json) {
        try {
            return MessageCodec.mapper().readValue(json, WEBHOOKS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored webhooks are unreadable", e);
        }
    }
}
