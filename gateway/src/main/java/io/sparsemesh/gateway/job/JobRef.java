package io.sparsemesh.gateway.job;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.ProblemException;

/// A job as a caller asks for it. Another tenant's is none.
public record JobRef(Tenant tenant, JobId id) {

    /// The job in a path.
    ///
    /// @throws ProblemException 404 if no job can have that id
    public static JobRef parse(Tenant tenant, String id) {
        try {
            return new JobRef(tenant, new JobId(id));
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("no such job: " + e.getMessage());
        }
    }

    ProblemException missing() {
        return ProblemException.notFound("no job " + id);
    }
}
