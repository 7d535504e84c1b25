package io.sparsemesh.scheduler.intake;

/// The process ends before something could be done; nothing is wrong with that, and the next
/// process does it.
final class StoppingException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StoppingException(RuntimeException cause) {
        super("the scheduler ends", cause);
    }
}
