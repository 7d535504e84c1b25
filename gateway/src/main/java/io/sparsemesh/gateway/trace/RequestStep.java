package io.sparsemesh.gateway.trace;

import io.sparsemesh.tracing.Step;
import jakarta.enterprise.context.RequestScoped;

/// The step of one request, whichever threads it runs on.
@RequestScoped
class RequestStep {

    private Step step = Step.UNSEEN;

    Step get() {
        return step;
    }

    void set(Step begun) {
        step = begun;
    }
}
