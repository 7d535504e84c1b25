package io.sparsemesh.engine.solver;

/// The numbers of a layer cannot be computed with: a Gram matrix that is not positive definite
/// however much it is damped, or a value that is infinite or not a number.
public final class NumericalException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String layer;
    private final long pivot;
    private final double damping;

    /// @param layer name of the layer
    /// @param pivot column of the Gram matrix where it happened, -1 where none is to blame
    /// @param damping the largest damping that was tried, as a share of the mean diagonal
    /// @param message what, expected, found
    public NumericalException(String layer, long pivot, double damping, String message) {
        super("[" + layer + "] " + message);
        this.layer = layer;
        this.pivot = pivot;
        this.damping = damping;
    }

    public String layer() {
        return layer;
    }

    public long pivot() {
        return pivot;
    }

    public double damping() {
        return damping;
    }
}
