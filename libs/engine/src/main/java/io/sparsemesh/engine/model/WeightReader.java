package io.sparsemesh.engine.model;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Loaded;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Reads weights of a checkpoint as F32, piece by piece out of the mapped file, and refuses those
/// that are not finite.
///
/// @param folder where the weights are
/// @param overrides what stands in for some of them
record WeightReader(ModelFolder folder, WeightOverrides overrides) {

    private static final Set<Dtype> ACCEPTED = EnumSet.of(Dtype.F32, Dtype.F16, Dtype.BF16);

    /// Elements of gathered rows that are converted at a time.
    private static final long PIECE = 1 << 20;

    /// The tensor of that description, from the overrides or the checkpoint.
    ///
    /// @throws CheckpointException when there is none, or it has another shape or an unfit type
    Tensor tensor(WeightDescription weight) {
        Tensor tensor =
                overrides.replacement(weight.tensor()).orElseGet(() -> inFolder(weight.tensor()));
        check(file(weight.tensor()), weight, tensor.dtype(), tensor.shape());
        return tensor;
    }

    private Tensor inFolder(String name) {
        if (!folder.has(name)) {
            throw missing(folder, name);
        }
        return folder.tensor(name);
    }

    static CheckpointException missing(ModelFolder folder, String tensor) {
        return new CheckpointException(
                folder.path().getFileName().toString(),
                tensor,
                "the config asks for it, expected it in one of %s, found none"
                        .formatted(folder.shards().keySet()));
    }

    static void check(String file, WeightDescription expected, Dtype dtype, List<Long> shape) {
        if (!expected.shape().equals(shape)) {
            throw new CheckpointException(
                    file,
                    expected.tensor(),
                    "expected shape %s, found %s".formatted(expected.shape(), shape));
        }
        if (!ACCEPTED.contains(dtype)) {
            throw new CheckpointException(
                    file,
                    expected.tensor(),
                    "expected one of %s, found %s".formatted(ACCEPTED, dtype));
        }
    }

    /// Name of the file that holds `tensor`, empty when none does.
    private String file(String tensor) {
        return folder.shards().values().stream()
                .filter(shard -> shard.tensors().containsKey(tensor))
                .map(SafetensorsFile::name)
                .findFirst()
                .orElse("");
    }

    /// A tensor of one or two dimensions as a matrix in device memory of `arena`; a vector is one
    /// row.
    Matrix load(WeightDescription weight, Device device, Arena arena) {
        Tensor tensor = tensor(weight);
        long cols = tensor.dimension(tensor.rank() - 1);
        long rows = tensor.elements() / cols;
        Loaded loaded = device.load(arena, tensor, rows, cols);
        loaded.nonFinite()
                .ifPresent(
                        at -> {
                            float[] found = new float[1];
                            tensor.readF32(
                                    at.row() * cols + at.col(), MemorySegment.ofArray(found));
                            throw notFinite(tensor, at.row(), at.col(), found[0]);
                        });
        tensor.release();
        return loaded.matrix();
    }

    /// Rows `ids` of a two-dimensional tensor, to device memory.
    void gather(WeightDescription weight, int[] ids, Device device, Matrix target) {
        Tensor tensor = tensor(weight);
        long cols = target.cols();
        int step = (int) Math.max(PIECE / cols, 1);
        try (Arena staging = Arena.ofConfined()) {
            Matrix piece = Matrix.allocate(staging, Math.min(step, ids.length), cols);
            for (int row = 0; row < ids.length; row += step) {
                Matrix part = piece.rows(0, Math.min(step, ids.length - row));
                for (int i = 0; i < part.rows(); i++) {
                    read(tensor, ids[row + i], part.rows(i, i + 1));
                }
                Matrix to = target.rows(row, row + part.rows());
                device.upload(part, to);
                int first = row;
                device.pruning()
                        .firstNonFinite(to)
                        .ifPresent(
                                at -> {
                                    float found = part.get(at.row(), at.col());
                                    int id = ids[first + (int) at.row()];
                                    throw notFinite(tensor, id, at.col(), found);
                                });
            }
        }
        tensor.release();
    }

    private static void read(Tensor tensor, long row, Matrix target) {
        long count = target.rows() * target.cols();
        tensor.readF32(row * target.cols(), target.data(), 0, count);
    }

    private CheckpointException notFinite(Tensor tensor, long row, long col, float found) {
        long element = row * tensor.dimension(tensor.rank() - 1) + col;
        return new CheckpointException(
                file(tensor.name()),
                tensor.name(),
                "expected finite values, found %s at %s"
                        .formatted(found, index(element, tensor.shape())));
    }

    private static List<Long> index(long element, List<Long> shape) {
        List<Long> index = new ArrayList<>();
        for (long dimension : shape.reversed()) {
            index.add(element % dimension);
            element /= dimension;
        }
        Collections.reverse(index);
        return index;
    }
}
