package io.sparsemesh.gateway.problem;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Ends a request with a [Problem].
public final class ProblemException extends RuntimeException {

    private final transient Problem problem;
    private final Duration retryAfter;

    private ProblemException(Problem problem) {
        this(problem, null);
    }

    private ProblemException(Problem problem, Duration retryAfter) {
        super(problem.detail());
        this.problem = problem;
        this.retryAfter = retryAfter;
    }

    /// @param status HTTP status, 4xx
    /// @param code what went wrong, for programs
    public ProblemException(int status, String code, String detail) {
        this(Problem.of(status, code, detail, List.of()));
    }

    /// A request whose body has faults; the code is theirs if they agree.
    public static ProblemException invalid(List<FieldError> errors) {
        String first = errors.getFirst().code();
        boolean same = errors.stream().allMatch(e -> e.code().equals(first));
        String detail =
                errors.size() == 1
                        ? errors.getFirst().detail()
                        : "%d faults, each with its place in errors".formatted(errors.size());
        return new ProblemException(
                Problem.of(422, same ? first : Code.INVALID_REQUEST, detail, errors));
    }

    /// A query parameter or header that cannot be read.
    public static ProblemException parameter(String name, String detail) {
        FieldError error = FieldError.ofParameter(name, Code.INVALID_PARAMETER, detail);
        return new ProblemException(
                Problem.of(400, Code.INVALID_PARAMETER, name + ": " + detail, List.of(error)));
    }

    public static ProblemException notFound(String what) {
        return new ProblemException(404, Code.NOT_FOUND, what);
    }

    /// A quota that is used up.
    ///
    /// @param retryAfter when it may be worth while to ask again
    public static ProblemException tooMany(String detail, Duration retryAfter) {
        return new ProblemException(
                Problem.of(429, Code.QUOTA_EXCEEDED, detail, List.of()), retryAfter);
    }

    /// When to ask again, if that is known.
    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    public Problem problem() {
        return problem;
    }
}
