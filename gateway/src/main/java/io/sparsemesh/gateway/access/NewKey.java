package io.sparsemesh.gateway.access;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// A key that is asked for.
///
/// @param tenant whose; the caller's if absent
/// @param lifetime after which it is not accepted any more
public record NewKey(String name, Optional<Tenant> tenant, Set<Scope> scopes, Duration lifetime) {}
