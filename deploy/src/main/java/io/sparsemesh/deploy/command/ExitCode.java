package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Problem;

/// Exit statuses of every command.
final class ExitCode {
    static final int DONE = 0;

    /// Something of our own went wrong.
    static final int INTERNAL = 1;

    /// The command line or the request is wrong.
    static final int USAGE = 2;

    /// A job failed, or what was verified is not as reported.
    static final int FAILED = 3;

    static final int CANCELLED = 4;

    static final int UNREACHABLE = 5;

    private ExitCode() {}

    /// The status for a job that has ended. A degraded one is done: its request allowed it.
    static int of(JsonNode job) {
        return switch (job.path("state").asText()) {
            case "FAILED" -> FAILED;
            case "CANCELLED" -> CANCELLED;
            default -> DONE;
        };
    }

    /// The status for a refusal: the request is wrong, or nobody behind the address serves.
    static int of(Problem problem) {
        return switch (problem.status()) {
            case 502, 503, 504 -> UNREACHABLE;
            default -> problem.status() < 500 ? USAGE : INTERNAL;
        };
    }
}
