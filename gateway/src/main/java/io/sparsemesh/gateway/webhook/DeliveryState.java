package io.sparsemesh.gateway.webhook;

/// Where a delivery is.
public enum DeliveryState {
    /// Not tried yet, being tried, or to be tried again.
    PENDING,
    /// The receiver took it.
    DELIVERED,
    /// Given up: nobody took it in time.
    FAILED,
    /// The receiver wants nothing more of this job.
    GONE
}
