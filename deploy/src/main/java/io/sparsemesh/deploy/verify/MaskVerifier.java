package io.sparsemesh.deploy.verify;

import io.sparsemesh.checkpoint.Bitmask;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Checks that the zeros of a mask are zeros in a folder: after a fine-tuning, say, which changes
/// every digest. The folder needs no report.
public final class MaskVerifier {
    private static final String WEIGHT = ".weight";

    private final ModelFolder model;
    private final Mask mask;
    private final List<Finding> findings = new ArrayList<>();
    private long zeros;
    private long weights;

    private MaskVerifier(ModelFolder model, Mask mask) {
        this.model = model;
        this.mask = mask;
    }

    /// @throws VerificationException if the folder cannot be opened
    public static FolderVerifier.Outcome verify(Path folder, Mask mask) {
        try (ModelFolder model = ModelFolder.openExpanded(folder)) {
            return new MaskVerifier(model, mask).outcome();
        } catch (CheckpointException e) {
            throw new VerificationException(e.getMessage());
        }
    }

    private FolderVerifier.Outcome outcome() {
        mask.linears().forEach(this::check);
        return new FolderVerifier.Outcome(0, mask.linears().size(), zeros, weights, findings);
    }

    private void check(String linear) {
        Mask.Part part = mask.part(linear);
        if (!model.has(linear + WEIGHT)) {
            findings.add(new Finding(linear, "expected a weight, found none"));
            return;
        }
        Tensor weight = model.tensor(linear + WEIGHT);
        if (!weight.shape().equals(part.shape())) {
            findings.add(
                    new Finding(
                            linear,
                            "expected shape %s, found %s".formatted(part.shape(), weight.shape())));
            return;
        }
        compare(linear, weight, part.bitmask());
    }

    private void compare(String linear, Tensor weight, Tensor bitmask) {
        long cols = weight.dimension(1);
        long expected = 0;
        long filled = 0;
        for (long element = 0; element < weight.elements(); element++) {
            boolean zero = ZeroCount.bits(weight, element) << 1 == 0;
            boolean masked = !Bitmask.isKept(bitmask, element / cols, element % cols);
            zeros += zero ? 1 : 0;
            expected += masked ? 1 : 0;
            filled += masked && !zero ? 1 : 0;
        }
        weights += weight.elements();
        if (filled > 0) {
            findings.add(
                    new Finding(
                            linear,
                            "expected %d zeros of the mask, found %d of them filled"
                                    .formatted(expected, filled)));
        }
    }
}
