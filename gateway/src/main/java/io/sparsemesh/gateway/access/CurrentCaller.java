package io.sparsemesh.gateway.access;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import jakarta.enterprise.context.RequestScoped;
import java.util.Optional;

/// Who sends the current request. [AccessFilter] sets it before any resource is called.
@RequestScoped
public class CurrentCaller {

    private Caller caller;

    void set(Caller admitted) {
        caller = admitted;
    }

    /// Whose jobs and keys the request is about.
    ///
    /// @throws ProblemException 403 for the root key, which is of no tenant
    public Tenant tenant() {
        return ownTenant()
                .orElseThrow(
                        () ->
                                new ProblemException(
                                        403,
                                        Code.FORBIDDEN,
                                        "the root key is of no tenant: it makes, lists and revokes"
                                                + " keys, and does nothing else"));
    }

    /// The tenant, unless the caller has the root key.
    public Optional<Tenant> ownTenant() {
        return switch (caller) {
            case Caller.Member member -> Optional.of(member.tenant());
            case Caller.Root _ -> Optional.empty();
        };
    }
}
