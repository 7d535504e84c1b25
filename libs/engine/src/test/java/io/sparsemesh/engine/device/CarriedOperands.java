package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// The operands of one operation, as the device sees them that runs it.
interface CarriedOperands {

    /// An operand that the operation leaves as it is.
    Matrix read(Matrix a);

    /// An operand that the operation may read and write.
    Matrix write(Matrix a);

    default Heads read(Heads x) {
        return new Heads(read(x.data()), x.size(), x.columns());
    }

    default Heads write(Heads x) {
        return new Heads(write(x.data()), x.size(), x.columns());
    }

    default Rounding read(Rounding rounding) {
        return switch (rounding) {
            case Rounding.None none -> none;
            case Rounding.Grid grid ->
                    new Rounding.Grid(
                            read(grid.scale()),
                            read(grid.zero()),
                            grid.top(),
                            grid.width(),
                            grid.first());
        };
    }
}
