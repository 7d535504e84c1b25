package io.sparsemesh.engine.model;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Set;

/// What is seen of a pass, and what is not computed because nobody wants it.
///
/// @param observer sees what enters the linears
/// @param unneeded name of the group whose outputs nobody wants, empty for none
/// @param everyToken routed groups to be shown every token, and nothing else; empty for what the
///     router says
record Observation(LinearObserver observer, String unneeded, Set<String> everyToken) {

    /// Nothing seen, everything computed.
    static final Observation NONE = new Observation(LinearObserver.NONE, "", Set.of());

    static Observation of(LinearObserver observer, String unneeded) {
        return new Observation(observer, unneeded, Set.of());
    }

    private boolean shows(InputGroup group) {
        return everyToken.isEmpty() || everyToken.contains(group.name());
    }

    void observe(InputGroup group, Matrix input) {
        if (shows(group)) {
            observer.observe(group, input);
        }
    }

    void completed(InputGroup group) {
        if (shows(group)) {
            observer.completed(group);
        }
    }
}
