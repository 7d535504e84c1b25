package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// `pack-quantized`: weights `[R, C]` that are integers times a scale.
///
/// | part | |
/// |---|---|
/// | `.weight_packed` | I32 `[R, ceil(C bits / 32)]`: in each row a stream of bits, low bits first,
/// integer plus `2^(bits - 1)` of element i at bit `i bits` |
/// | `.weight_scale` | `[R, G]` in the weights' type, one for each `C / G` consecutive columns |
/// | `.weight_shape` | I64 `[2]`: R, C |
///
/// @param bits of an integer, from 1 to 8
public record PackedIntegers(int bits) implements WeightEncoding {

    static final String FORMAT = "pack-quantized";

    private static final String PACKED = ".weight_packed";
    private static final String SCALE = ".weight_scale";
    private static final String SHAPE = ".weight_shape";

    public PackedIntegers {
        if (bits < 1 || bits > 8) {
            throw new IllegalArgumentException("bits: expected 1 to 8, found " + bits);
        }
    }

    /// @param groups `config_groups`
    static Optional<WeightEncoding> of(JsonNode groups) {
        int bits = 0;
        for (JsonNode group : groups) {
            JsonNode weights = group.path("weights");
            int found = weights.path("num_bits").asInt();
            boolean plain =
                    weights.path("symmetric").asBoolean()
                            && found >= 1
                            && found <= 8
                            && (bits == 0 || bits == found);
            if (!plain) {
                return Optional.empty();
            }
            bits = found;
        }
        return bits == 0 ? Optional.empty() : Optional.of(new PackedIntegers(bits));
    }

    /// What `config.json` says of it.
    ///
    /// @param groupSize columns that share a scale; 0 for whole rows
    /// @param ignore modules that are not encoded
    public ObjectNode config(int groupSize, Collection<String> ignore) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("quant_method", "compressed-tensors");
        config.put("format", FORMAT);
        config.put("quantization_status", "compressed");
        ignore.forEach(config.putArray("ignore")::add);
        ObjectNode group = config.putObject("config_groups").putObject("group_0");
        group.putArray("targets").add("Linear");
        ObjectNode weights = group.putObject("weights");
        weights.put("num_bits", bits).put("type", "int").put("symmetric", true);
        weights.put("strategy", groupSize == 0 ? "channel" : "group");
        weights.put("group_size", groupSize == 0 ? null : groupSize);
        weights.put("dynamic", false);
        group.putNull("input_activations").putNull("output_activations");
        return config;
    }

    @Override
    public List<String> parts() {
        return List.of(PACKED, SCALE, SHAPE);
    }

    @Override
    public String anchor() {
        return SCALE;
    }

    @Override
    public String shapePart() {
        return SHAPE;
    }

    /// The parts of a weight, each of whose elements is an integer times its scale, rounded to the
    /// weight's type.
    ///
    /// @param weight `[R, C]`, readable until the parts are written
    /// @param scale `[R, G]` of the same type, likewise
    /// @throws CheckpointException when it is written, for a weight that is on no integer
    public List<TensorSource> encode(Tensor weight, Tensor scale) {
        String name = weight.name().substring(0, weight.name().length() - WEIGHT.length());
        long rows = weight.dimension(0);
        long cols = weight.dimension(1);
        WeightEncoding.require(scale, weight.dtype(), List.of(rows, scale.dimension(1)));
        requireGroups(scale, cols);
        return List.of(
                new TensorSource(
                        name + PACKED,
                        Dtype.I32,
                        List.of(rows, words(cols)),
                        sink -> {
                            for (long row = 0; row < rows; row++) {
                                sink.write(packed(weight, scale, row));
                            }
                        }),
                new TensorSource(
                        name + SCALE, scale.dtype(), scale.shape(), s -> s.write(scale.data())),
                new TensorSource(
                        name + SHAPE, Dtype.I64, List.of(2L), s -> s.write(longs(rows, cols))));
    }

    private long words(long cols) {
        return Math.ceilDiv(cols * bits, Integer.SIZE);
    }

    static MemorySegment longs(long... values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * Long.BYTES]);
        for (int i = 0; i < values.length; i++) {
            bytes.set(FloatConversion.LONG_LE, (long) i * Long.BYTES, values[i]);
        }
        return bytes;
    }

    private MemorySegment packed(Tensor weight, Tensor scale, long row) {
        float[] values = floats(weight, row);
        float[] scales = floats(scale, row);
        int width = values.length / Math.max(scales.length, 1);
        int[] words = new int[(int) words(values.length)];
        for (int c = 0; c < values.length; c++) {
            put(words, c, code(weight, row, c, values[c], scales[c / width]));
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[words.length * Integer.BYTES]);
        for (int i = 0; i < words.length; i++) {
            bytes.set(FloatConversion.INT_LE, (long) i * Integer.BYTES, words[i]);
        }
        return bytes;
    }

    private static float[] floats(Tensor matrix, long row) {
        float[] values = new float[Math.toIntExact(matrix.dimension(1))];
        matrix.readF32(row * values.length, MemorySegment.ofArray(values));
        return values;
    }

    private int code(Tensor weight, long row, int col, float value, float scale) {
        double code = Math.rint((double) value / scale) + (1 << bits - 1);
        if (!(code >= 0 && code < 1 << bits)) {
            throw new CheckpointException(
                    "",
                    weight.name(),
                    "expected an integer of %d bits times %s at [%d, %d], found %s"
                            .formatted(bits, scale, row, col, value));
        }
        return (int) code;
    }

    private void put(int[] words, int element, int code) {
        long bit = (long) element * bits;
        int word = (int) (bit >>> 5);
        int shift = (int) (bit & 31);
        words[word] |= code << shift;
        if (shift + bits > Integer.SIZE) {
            words[word + 1] |= code >>> Integer.SIZE - shift;
        }
    }

    private int get(int[] words, int element) {
        long bit = (long) element * bits;
        int word = (int) (bit >>> 5);
        int shift = (int) (bit & 31);
        int code = words[word] >>> shift;
        if (shift + bits > Integer.SIZE) {
            code |= words[word + 1] << Integer.SIZE - shift;
        }
        return code & (1 << bits) - 1;
    }

    @Override
    public Tensor decode(String weight, Function<String, Tensor> parts) {
        List<Long> shape = WeightEncoding.shape(parts.apply(SHAPE));
        Tensor packed = parts.apply(PACKED);
        Tensor scale = parts.apply(SCALE);
        long rows = shape.get(0);
        long cols = shape.get(1);
        requireColumns(parts.apply(SHAPE), cols);
        WeightEncoding.require(packed, Dtype.I32, List.of(rows, words(cols)));
        if (scale.rank() != 2 || scale.dimension(0) != rows || !scale.dtype().isFloat()) {
            throw new CheckpointException(
                    "",
                    scale.name(),
                    "expected floats [%d, groups], found %s %s"
                            .formatted(rows, scale.dtype(), scale.shape()));
        }
        requireGroups(scale, cols);
        long rowBytes = cols * scale.dtype().bytes();
        MemorySegment bytes = Arena.ofAuto().allocate(rows * rowBytes, Long.BYTES);
        for (long row = 0; row < rows && cols > 0; row++) {
            MemorySegment target = bytes.asSlice(row * rowBytes, rowBytes);
            scale.dtype().fromF32(unpacked(packed, scale, row, (int) cols), target);
        }
        return new Tensor(weight, scale.dtype(), shape, bytes);
    }

    /// Beyond, products of sizes would not be what they seem.
    private static void requireColumns(Tensor shape, long cols) {
        if (cols > Integer.MAX_VALUE) {
            throw new CheckpointException(
                    "", shape.name(), "expected fewer than 2^31 columns, found " + cols);
        }
    }

    private MemorySegment unpacked(Tensor packed, Tensor scale, long row, int cols) {
        int[] words = new int[Math.toIntExact(packed.dimension(1))];
        for (int i = 0; i < words.length; i++) {
            long at = (row * words.length + i) * Integer.BYTES;
            words[i] = packed.data().get(FloatConversion.INT_LE, at);
        }
        float[] scales = floats(scale, row);
        int width = cols / Math.max(scales.length, 1);
        float[] values = new float[cols];
        for (int c = 0; c < cols; c++) {
            values[c] = (get(words, c) - (1 << bits - 1)) * scales[c / width];
        }
        return MemorySegment.ofArray(values);
    }

    private static void requireGroups(Tensor scale, long cols) {
        long groups = scale.dimension(1);
        if (cols > 0 && (groups == 0 || cols % groups != 0)) {
            throw new CheckpointException(
                    "",
                    scale.name(),
                    "expected groups of equal size in %d columns, found %d groups"
                            .formatted(cols, groups));
        }
    }
}
