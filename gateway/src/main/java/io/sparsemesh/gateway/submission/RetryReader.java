package io.sparsemesh.gateway.submission;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.ProblemException;
import java.util.Locale;
import java.util.Optional;

/// Reads the JSON of a retry: `{"damping": 0.1}`, or nothing.
public final class RetryReader {

    private RetryReader() {}

    /// The damping of the layers that are not solved yet, if it is to be another.
    ///
    /// @throws ProblemException with all faults
    public static Optional<Double> damping(JsonNode body) {
        Errors errors = new Errors();
        Fields retry = Fields.of(body, "", errors);
        Optional<Double> damping = MethodReader.damping(retry);
        retry.finish();
        errors.throwIfAny();
        return damping;
    }

    /// @throws ProblemException if the job's method has no damping
    public static void requireDamped(Method method) {
        if (!method.name().isCompensating()) {
            Errors errors = new Errors();
            errors.add(
                    "/damping",
                    Code.UNSUPPORTED_METHOD,
                    "expected a job of sparsegpt, which has damping, found one of "
                            + method.name().name().toLowerCase(Locale.ROOT));
            errors.throwIfAny();
        }
    }
}
