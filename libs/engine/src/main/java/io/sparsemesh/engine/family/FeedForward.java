package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Activation;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.Pass;
import java.util.List;

/// Feed-forward layers.
final class FeedForward {

    private FeedForward() {}

    /// `out(f(in(x)))`.
    static Matrix plain(Pass pass, BlockDescription block, Activation f, Matrix x) {
        Matrix inner = pass.linear(block.group(InputGroup.MLP_INPUT), x);
        return down(pass, block, f, inner);
    }

    /// `out(f(inner))`.
    ///
    /// @param inner replaced
    static Matrix down(Pass pass, BlockDescription block, Activation f, Matrix inner) {
        pass.ops().activate(f, inner);
        return pass.linear(block.group(InputGroup.MLP_OUTPUT), inner);
    }

    /// `down(f(gate(x)) * up(x))`.
    static Matrix gated(Pass pass, BlockDescription block, Activation f, Matrix x) {
        InputGroup in = block.group(InputGroup.MLP_INPUT);
        return gated(pass, in, block.group(InputGroup.MLP_OUTPUT), f, x);
    }

    /// `down(f(gate(x)) * up(x))`.
    ///
    /// @param in gate and up
    /// @param out down
    static Matrix gated(Pass pass, InputGroup in, InputGroup out, Activation f, Matrix x) {
        List<Matrix> inner = pass.linears(in, x);
        return gatedDown(pass, out, f, inner.get(0), inner.get(1));
    }

    /// `down(f(gate) * up)`.
    ///
    /// @param out down
    /// @param gate replaced
    static Matrix gatedDown(Pass pass, InputGroup out, Activation f, Matrix gate, Matrix up) {
        pass.ops().activate(f, gate);
        pass.ops().multiply(up, gate);
        return pass.linear(out, gate);
    }
}
