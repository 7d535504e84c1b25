package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/// `sparse-bitmask`: the non-zeros of a weight `[R, C]`, and where they are.
///
/// | part | |
/// |---|---|
/// | `.shape` | I64 `[2]`: R, C |
/// | `.compressed` | the elements whose bits are not all 0, row by row, in the weight's type |
/// | `.bitmask` | U8 `[R, ceil(C / 8)]`: column j at byte `j / 8`, bit `j % 8` |
/// | `.row_offsets` | I64 `[R]`: how many of them come before each row |
public record SparseBitmask() implements WeightEncoding {

    static final String FORMAT = "sparse-bitmask";

    private static final String SHAPE = ".shape";
    private static final String COMPRESSED = ".compressed";
    private static final String BITMASK = ".bitmask";
    private static final String ROW_OFFSETS = ".row_offsets";

    /// What `config.json` says of it.
    ///
    /// @param sparsity share of zeros over all encoded weights
    /// @param structure `unstructured` or `n:m`
    /// @param ignore modules that are not encoded
    public ObjectNode config(double sparsity, String structure, Collection<String> ignore) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("quant_method", "compressed-tensors");
        config.put("quantization_status", "compressed");
        ObjectNode sparse = config.putObject("sparsity_config");
        sparse.put("format", FORMAT);
        sparse.put("global_sparsity", sparsity);
        ignore.forEach(sparse.putArray("ignore")::add);
        sparse.put("registry_requires_subclass", false);
        sparse.put("sparsity_structure", structure);
        sparse.putArray("targets").add("Linear");
        return config;
    }

    @Override
    public List<String> parts() {
        return List.of(SHAPE, COMPRESSED, BITMASK, ROW_OFFSETS);
    }

    @Override
    public String anchor() {
        return COMPRESSED;
    }

    @Override
    public String shapePart() {
        return SHAPE;
    }

    /// The parts of a weight.
    ///
    /// @param weight `[R, C]`, readable until the parts are written
    public List<TensorSource> encode(Tensor weight) {
        String name = weight.name().substring(0, weight.name().length() - WEIGHT.length());
        long[] offsets = Bitmask.rowOffsets(weight);
        long rows = weight.dimension(0);
        return List.of(
                new TensorSource(
                        name + SHAPE,
                        Dtype.I64,
                        List.of(2L),
                        s -> s.write(PackedIntegers.longs(rows, weight.dimension(1)))),
                new TensorSource(
                        name + COMPRESSED,
                        weight.dtype(),
                        List.of(offsets[(int) rows]),
                        sink -> writeNonZeros(weight, sink)),
                Bitmask.source(name, weight),
                new TensorSource(
                        name + ROW_OFFSETS,
                        Dtype.I64,
                        List.of(rows),
                        s -> s.write(PackedIntegers.longs(offsets).asSlice(0, rows * Long.BYTES))));
    }

    private static void writeNonZeros(Tensor weight, TensorSource.Sink sink)
            throws java.io.IOException {
        long cols = weight.dimension(1);
        int size = weight.dtype().bytes();
        MemorySegment row = MemorySegment.ofArray(new byte[Math.toIntExact(cols * size)]);
        for (long r = 0; r < weight.dimension(0); r++) {
            long end = 0;
            for (long c = 0; c < cols; c++) {
                long element = r * cols + c;
                if (!Bitmask.isZero(weight, element)) {
                    MemorySegment.copy(weight.data(), element * size, row, end, size);
                    end += size;
                }
            }
            sink.write(row.asSlice(0, end));
        }
    }

    @Override
    public Tensor decode(String weight, Function<String, Tensor> parts) {
        List<Long> shape = WeightEncoding.shape(parts.apply(SHAPE));
        Tensor compressed = parts.apply(COMPRESSED);
        Tensor bitmask = parts.apply(BITMASK);
        long rows = shape.get(0);
        long cols = shape.get(1);
        WeightEncoding.require(bitmask, Dtype.U8, List.of(rows, Bitmask.rowBytes(cols)));
        WeightEncoding.require(parts.apply(ROW_OFFSETS), Dtype.I64, List.of(rows));
        requireOffsets(parts.apply(ROW_OFFSETS), bitmask, compressed);
        int size = compressed.dtype().bytes();
        MemorySegment bytes = Arena.ofAuto().allocate(rows * cols * size, Long.BYTES);
        long next = 0;
        for (long element = 0; element < rows * cols; element++) {
            if (Bitmask.isKept(bitmask, element / cols, element % cols)) {
                MemorySegment.copy(compressed.data(), next, bytes, element * size, size);
                next += size;
            }
        }
        return new Tensor(weight, compressed.dtype(), shape, bytes);
    }

    private static void requireOffsets(Tensor offsets, Tensor bitmask, Tensor compressed) {
        long kept = 0;
        long width = bitmask.dimension(1);
        for (long row = 0; row < offsets.elements(); row++) {
            long offset = offsets.readLongs(row, 1)[0];
            if (offset != kept) {
                throw new CheckpointException(
                        "",
                        offsets.name(),
                        "expected %d at row %d, found %d".formatted(kept, row, offset));
            }
            for (long at = row * width; at < (row + 1) * width; at++) {
                kept += Integer.bitCount(bitmask.data().get(ValueLayout.JAVA_BYTE, at) & 0xff);
            }
        }
        WeightEncoding.require(compressed, compressed.dtype(), List.of(kept));
    }
}
