package io.sparsemesh.scheduler.outbox;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/// A record to be published. The database gives the id when the row is inserted, under the lock of
/// the job's row, so that ids of a job follow the order of its decisions.
@Entity
@Table(name = "outbox")
class OutboxRow extends PanacheEntityBase {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    String topic;

    @Column(name = "record_key")
    String recordKey;

    @JdbcTypeCode(SqlTypes.JSON)
    String headers;

    byte[] body;
}
