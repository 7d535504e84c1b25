package io.sparsemesh.gateway.stream;

import io.sparsemesh.gateway.problem.ProblemException;

/// Where in the events a client wants to go on.
final class Position {

    static final String LAST_EVENT_ID = "Last-Event-ID";

    private Position() {}

    /// The header, which browsers send when they come back, goes before the parameter.
    ///
    /// @throws ProblemException if it is no number
    static long after(String after, String lastEventId) {
        return lastEventId == null || lastEventId.isEmpty()
                ? parse("after", after)
                : parse(LAST_EVENT_ID, lastEventId);
    }

    /// The number in a parameter or header, 0 if absent.
    ///
    /// @throws ProblemException if it is none
    static long parse(String name, String value) {
        if (value == null || value.isEmpty()) {
            return 0;
        }
        if (!value.matches("[0-9]{1,18}")) {
            throw ProblemException.parameter(
                    name, "expected a whole number, found '%s'".formatted(value));
        }
        return Long.parseLong(value);
    }
}
