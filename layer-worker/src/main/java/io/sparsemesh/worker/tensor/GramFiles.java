package io.sparsemesh.worker.tensor;

import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.engine.calibration.GramAccumulator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.InputGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a shard gives of one group, as tensors of a file: `gram`, the sum `X^T X` of the tokens
/// that got to it. Of a routed group also `tokens`, how many, and where those were few
/// `gram_every`, the sum over every token.
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
        return List.of(source(device, GRAM, sum), source(device, CROSS, cross));
    }

    private static TensorSource source(Device device, String name, GramAccumulator sum) {
        return source(device, name, sum.partial());
    }

    private static TensorSource source(Device device, String name, Matrix partial) {
        return MatrixFiles.source(device, name, List.of(partial.rows(), partial.cols()), partial);
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

    /// Reads a shard's sum.
    ///
    /// @param partial overwritten
    public static void load(
            ArtifactStore store, Device device, ArtifactRef ref, Sum sum, Matrix partial) {
        try (TensorArtifacts file = TensorArtifacts.open(store, List.of(ref))) {
            MatrixFiles.load(device, file.tensor(sum.tensor()), partial);
        }
    }
}
