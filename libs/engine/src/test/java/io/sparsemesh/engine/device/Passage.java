package io.sparsemesh.engine.device;

import java.util.function.Consumer;
import java.util.function.Function;

/// Brings the operands of an operation to the device that runs it, and back what it wrote.
interface Passage {

    /// @param operation its name, for messages
    /// @param call runs it on operands that it asks its [CarriedOperands] for
    <T> T compute(String operation, Function<CarriedOperands, T> call);

    default void run(String operation, Consumer<CarriedOperands> call) {
        compute(
                operation,
                operands -> {
                    call.accept(operands);
                    return operation;
                });
    }
}
