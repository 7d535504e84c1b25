package io.sparsemesh.gateway.outbox;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.ColumnTransformer;

/// A message that is to be published: written in the transaction that makes it true.
@Entity
@Table(name = "outbox")
class OutboxRow extends PanacheEntityBase {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    String key;

    /// JSON object of header names and values.
    @ColumnTransformer(write = "?::jsonb")
    String headers;

    @Column(name = "value")
    byte[] payload;
}
