package io.sparsemesh.gateway.job;

import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import java.util.regex.Pattern;

/// A client's name for one submission, with the digest of the body it came with.
record IdempotencyKey(Tenant tenant, String key, String bodySha256) {

    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,255}");

    /// @throws ProblemException if the header is malformed
    static IdempotencyKey of(Tenant tenant, String header, byte[] body) {
        if (!FORM.matcher(header).matches()) {
            throw ProblemException.parameter(
                    "Idempotency-Key", "expected 1 to 255 printable characters without spaces");
        }
        return new IdempotencyKey(tenant, header, Digests.ofBytes(body));
    }

    /// @throws ProblemException if the row is another body's
    void requireSameBody(IdempotencyRow row) {
        if (!row.bodySha256.equals(bodySha256)) {
            throw new ProblemException(
                    422,
                    Code.KEY_REUSED,
                    "Idempotency-Key '%s' was used with another body, for job %s"
                            .formatted(key, row.jobId));
        }
    }
}
