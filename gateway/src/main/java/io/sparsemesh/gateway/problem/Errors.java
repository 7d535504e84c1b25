package io.sparsemesh.gateway.problem;

import java.util.ArrayList;
import java.util.List;

/// Collects the faults of a request, so that all are told at once.
public final class Errors {

    /// Enough to repair a request by; more would only repeat.
    private static final int LIMIT = 100;

    private final List<FieldError> found = new ArrayList<>();

    public void add(String pointer, String code, String detail) {
        if (found.size() < LIMIT) {
            found.add(FieldError.at(pointer, code, detail));
        }
    }

    /// All faults so far.
    public List<FieldError> found() {
        return List.copyOf(found);
    }

    public boolean none() {
        return found.isEmpty();
    }

    /// Whether something at or below `pointer` is wrong.
    public boolean anyBelow(String pointer) {
        return found.stream()
                .anyMatch(
                        e -> e.pointer().equals(pointer) || e.pointer().startsWith(pointer + "/"));
    }

    /// @throws ProblemException with all faults, if there are any
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw ProblemException.invalid(List.copyOf(found));
        }
    }
}
