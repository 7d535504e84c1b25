package io.sparsemesh.contracts.plan;

/// A request that is valid by itself but cannot be planned for this model.
///
/// @see #pointer()
public final class PlanException extends RuntimeException {

    private final String pointer;

    /// @param pointer JSON pointer of the field of the API's request that is at fault
    public PlanException(String pointer, String message) {
        super(message);
        this.pointer = pointer;
    }

    /// JSON pointer of the field of the API's request that is at fault.
    public String pointer() {
        return pointer;
    }
}
