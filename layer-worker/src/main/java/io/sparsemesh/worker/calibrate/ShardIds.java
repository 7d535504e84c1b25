package io.sparsemesh.worker.calibrate;

import io.sparsemesh.artifacts.Digests;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/// Token ids of the sequences of one shard.
///
/// @param ids one sequence after the other, not to be changed
/// @param sequences number of sequences
/// @param length tokens of a sequence
record ShardIds(int[] ids, int sequences, int length) {

    private static final String TENSOR = "ids";

    /// Shard `shard` of `shards` of all samples.
    static ShardIds of(List<int[]> samples, int shard, int shards) {
        int from = Math.toIntExact((long) shard * samples.size() / shards);
        int to = Math.toIntExact((shard + 1L) * samples.size() / shards);
        int[] ids = samples.subList(from, to).stream().flatMapToInt(Arrays::stream).toArray();
        return new ShardIds(ids, to - from, samples.getFirst().length);
    }

    /// The ids that [#source] wrote.
    static ShardIds read(Tensor tensor) {
        long[] ids = tensor.readLongs(0, Math.toIntExact(tensor.elements()));
        return new ShardIds(
                Arrays.stream(ids).mapToInt(Math::toIntExact).toArray(),
                Math.toIntExact(tensor.dimension(0)),
                Math.toIntExact(tensor.dimension(1)));
    }

    static String tensorName() {
        return TENSOR;
    }

    /// I64 `ids` `[sequences, length]`, so that later blocks need not read the text again.
    TensorSource source() {
        return new TensorSource(
                TENSOR,
                Dtype.I64,
                List.of((long) sequences, (long) length),
                sink -> sink.write(MemorySegment.ofArray(bytes())));
    }

    String sha256() {
        return Digests.ofBytes(bytes());
    }

    private byte[] bytes() {
        ByteBuffer bytes =
                ByteBuffer.allocate(ids.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int id : ids) {
            bytes.putLong(id);
        }
        return bytes.array();
    }
}
