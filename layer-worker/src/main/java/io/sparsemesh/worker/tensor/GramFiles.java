package io.sparsemesh.worker.tensor;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.artifact.UpperStrips;
import io.sparsemesh.contracts.artifact.UpperStrips.Strip;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.InputGroup;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a shard gives of one group, as tensors of a file: `gram`, the sum `X^T X` of the tokens
/// that got to it. Of a routed group also `tokens`, how many, and where those were few
/// `gram_every`, the sum over every token. Both are symmetric and lie there as [UpperStrips]. Where
/// the dense model went along, `cross` is its inputs times this one's, whole.
public final class GramFiles {

    private static final String GRAM = "gram";
    private static final String EVERY = "gram_every";
    private static final String TOKENS = "tokens";
    private static final String CROSS = "cross";

    private GramFiles() {}

    /// The tensors to write.
    ///
    /// @param every the sum over every token, where it was gathered
    public static List<TensorSource> sources(
            Device device, InputGroup group, GramAccumulator sum, Optional<GramAccumulator> every) {
        List<TensorSource> sources = new ArrayList<>();
        sources.add(source(device, GRAM, sum));
        every.ifPresent(all -> sources.add(source(device, EVERY, all)));
        if (group.routed()) {
            byte[] tokens = bytes(sum.tokens());
            sources.add(
                    new TensorSource(
                            TOKENS,
                            Dtype.I64,
                            List.of(1L),
                            sink -> sink.write(MemorySegment.ofArray(tokens))));
        }
        return sources;
    }

    /// The tensors to write where the dense model went along.
    ///
    /// @param cross of both models' inputs, `[inputs x inputs]`
    public static List<TensorSource> sources(Device device, GramAccumulator sum, Matrix cross) {
        List<Long> shape = List.of(cross.rows(), cross.cols());
        return List.of(source(device, GRAM, sum), MatrixFiles.source(device, CROSS, shape, cross));
    }

    private static TensorSource source(Device device, String name, GramAccumulator sum) {
        Matrix partial = sum.upper();
        UpperStrips strips = new UpperStrips(partial.rows());
        for (Strip strip : strips.strips()) {
            device.blas().mirrorUpper(diagonal(strip, partial));
        }
        return new TensorSource(
                name,
                Dtype.F32,
                List.of(strips.elements()),
                sink -> {
                    try (Staging staging = new Staging()) {
                        for (Strip strip : strips.strips()) {
                            MatrixFiles.forEachPiece(
                                    device,
                                    of(strip, partial),
                                    staging,
                                    (floats, _) -> sink.write(floats));
                        }
                    }
                });
    }

    private static Matrix diagonal(Strip strip, Matrix whole) {
        return whole.view(strip.top(), strip.top(), strip.height(), strip.height());
    }

    private static Matrix of(Strip strip, Matrix whole) {
        return whole.view(strip.top(), strip.top(), strip.height(), strip.width());
    }

    private static byte[] bytes(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    /// Tokens that got to a routed group in all shards.
    public static long tokens(ArtifactStore store, List<ArtifactRef> shards) {
        long tokens = 0;
        for (ArtifactRef ref : shards) {
            try (TensorArtifacts file = TensorArtifacts.open(store, List.of(ref))) {
                tokens += file.tensor(TOKENS).readLongs(0, 1)[0];
            }
        }
        return tokens;
    }

    /// A sum that a shard's file holds.
    public enum Sum {
        /// `X^T X`.
        GRAM,
        /// `X^T X` over every token, of an expert that few got to.
        EVERY,
        /// The dense model's inputs times this one's.
        CROSS;

        private String tensor() {
            return switch (this) {
                case GRAM -> GramFiles.GRAM;
                case EVERY -> GramFiles.EVERY;
                case CROSS -> GramFiles.CROSS;
            };
        }
    }

    /// `P_0 + P_1 + ...` of the shards in this order, with a strip of one in memory besides, or a
    /// whole one of [Sum#CROSS].
    ///
    /// @param h zeroed `[inputs x inputs]` in memory of `device`
    /// @throws io.sparsemesh.artifacts.ArtifactException when a file is not what its reference says
    public static void sum(
            ArtifactStore store, Device device, List<ArtifactRef> shards, Sum sum, Matrix h) {
        List<Strip> strips =
                sum == Sum.CROSS ? List.of(whole(h)) : new UpperStrips(h.rows()).strips();
        Strip largest = strips.getFirst();
        try (Arena arena = Arena.ofShared();
                OpenedAhead files = new OpenedAhead(store, shards)) {
            Matrix part = device.scratch(arena, largest.height(), largest.width());
            for (ArtifactRef ref : shards) {
                try (TensorArtifacts file = files.next()) {
                    Tensor partial = file.tensor(sum.tensor());
                    requireElements(ref, partial, strips.getLast());
                    for (Strip strip : strips) {
                        Matrix read = Matrix.of(part.data(), strip.height(), strip.width());
                        add(device, partial, strip, read, h);
                    }
                }
            }
        }
        strips.forEach(strip -> mirror(device, strip, h));
    }

    private static void requireElements(ArtifactRef ref, Tensor partial, Strip last) {
        long expected = last.first() + last.height() * last.width();
        if (partial.elements() != expected) {
            throw new ArtifactException(
                    ref.key(),
                    "%d elements of '%s'".formatted(expected, partial.name()),
                    Long.toString(partial.elements()));
        }
    }

    private static Strip whole(Matrix h) {
        return new Strip(0, h.rows(), h.cols(), 0);
    }

    /// @param read takes the strip on its way
    private static void add(Device device, Tensor partial, Strip strip, Matrix read, Matrix h) {
        Tensor part = partial.part(strip.first(), strip.height(), strip.width());
        MatrixFiles.load(device, part, read);
        device.blas().addScaled(1, read, 1, of(strip, h));
    }

    /// What is below a strip's diagonal block is what is to the right of it.
    private static void mirror(Device device, Strip strip, Matrix h) {
        long rest = h.rows() - strip.end();
        if (rest > 0) {
            device.pruning()
                    .transpose(
                            h.view(strip.top(), strip.end(), strip.height(), rest),
                            h.view(strip.end(), strip.top(), rest, strip.height()));
        }
    }
}
