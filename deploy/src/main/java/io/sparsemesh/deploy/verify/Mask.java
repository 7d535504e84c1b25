package io.sparsemesh.deploy.verify;

import io.sparsemesh.checkpoint.Bitmask;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Where a job left weights, and where zeros: of an output folder, or of a file made of one.
///
/// In the file, for each pruned linear `NAME`, with the weight `[R, C]` as it lies in the
/// checkpoint: `NAME.bitmask`, U8 `[R, ceil(C / 8)]`, column j at byte `j / 8`, bit `j % 8`, set
/// where the weight is not 0; and `NAME.shape`, I64 `[2]`: R, C.
public final class Mask implements AutoCloseable {
    private static final String WEIGHT = ".weight";
    private static final String SHAPE = ".shape";

    private final Map<String, Supplier<Part>> parts = new LinkedHashMap<>();
    private final Runnable closing;

    /// The mask of one linear.
    ///
    /// @param shape of the weight in the checkpoint
    /// @param bitmask as in the file
    record Part(List<Long> shape, Tensor bitmask) {}

    /// @param closing closes what the parts are read from
    private Mask(Runnable closing) {
        this.closing = closing;
    }

    /// Opens a mask file, or the mask of an output folder with its report.
    ///
    /// @throws VerificationException if it is neither
    public static Mask open(Path path) {
        return Files.isDirectory(path) ? ofFolder(path) : ofFile(path);
    }

    private static Mask ofFolder(Path folder) {
        Report report = Report.read(folder);
        ModelFolder model = ModelFolder.openExpanded(folder);
        Mask mask = new Mask(model::close);
        for (Report.LayerClaim layer : report.layers()) {
            mask.parts.put(layer.name(), () -> of(layer.name(), model));
        }
        return mask;
    }

    private static Part of(String linear, ModelFolder model) {
        Tensor weight = model.tensor(linear + WEIGHT);
        TensorSource bitmask = Bitmask.source(linear, weight);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            bitmask.content().writeTo(row -> bytes.writeBytes(row.toArray(ValueLayout.JAVA_BYTE)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        MemorySegment data = MemorySegment.ofArray(bytes.toByteArray());
        return new Part(
                weight.shape(), new Tensor(bitmask.name(), Dtype.U8, bitmask.shape(), data));
    }

    private static Mask ofFile(Path file) {
        SafetensorsFile tensors = SafetensorsFile.open(file);
        Mask mask = new Mask(tensors::close);
        for (String name : tensors.tensors().keySet()) {
            if (name.endsWith(Bitmask.SUFFIX)) {
                String linear = name.substring(0, name.length() - Bitmask.SUFFIX.length());
                mask.parts.put(linear, () -> read(linear, tensors));
            }
        }
        if (mask.parts.isEmpty()) {
            tensors.close();
            throw new VerificationException(
                    "[%s] expected tensors NAME%s, found none".formatted(file, Bitmask.SUFFIX));
        }
        return mask;
    }

    private static Part read(String linear, SafetensorsFile tensors) {
        long[] shape = tensors.tensor(linear + SHAPE).readLongs(0, 2);
        Tensor bitmask = tensors.tensor(linear + Bitmask.SUFFIX);
        List<Long> expected = List.of(shape[0], Bitmask.rowBytes(shape[1]));
        if (bitmask.dtype() != Dtype.U8 || !bitmask.shape().equals(expected)) {
            throw new VerificationException(
                    "[%s] %s: expected U8 %s, found %s %s"
                            .formatted(
                                    tensors.name(),
                                    bitmask.name(),
                                    expected,
                                    bitmask.dtype(),
                                    bitmask.shape()));
        }
        return new Part(List.of(shape[0], shape[1]), bitmask);
    }

    /// Names of the linears, without `.weight`.
    public Set<String> linears() {
        return parts.keySet();
    }

    Part part(String linear) {
        return parts.get(linear).get();
    }

    /// Writes the file.
    public FileDigest write(Path target) {
        List<TensorSource> tensors = new ArrayList<>();
        for (String linear : linears()) {
            Part part = part(linear);
            tensors.add(TensorSource.of(part.bitmask()));
            tensors.add(
                    new TensorSource(
                            linear + SHAPE,
                            Dtype.I64,
                            List.of(2L),
                            sink -> sink.write(longs(part.shape()))));
        }
        return SafetensorsWriter.write(target, tensors, Map.of("format", "pt"));
    }

    private static MemorySegment longs(List<Long> values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(bytes::putLong);
        return MemorySegment.ofArray(bytes.array());
    }

    @Override
    public void close() {
        closing.run();
    }
}
