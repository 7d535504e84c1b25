package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Writes safetensors files: streamed, so a model never lies on the heap, and whole or not at
/// all. The same input gives the same bytes.
public final class SafetensorsWriter {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int HEADER_ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /// Writes `tensors` to `target`, which is replaced if it exists. The bytes go to a hidden
    /// file beside it that is synced and then renamed; any failure removes that file and
    /// leaves `target` as it was.
    ///
    /// The tensors lie in the given order, except that wider element types come first: so
    /// every tensor begins at a multiple of its element size, as readers of other languages
    /// want.
    ///
    /// @param metadata entries of `__metadata__`, written sorted by key; left out when
    ///     empty
    /// @return size and SHA-256 of the file, computed while writing
    /// @throws CheckpointException when the tensors break a rule or limit of the format, a
    ///     source gives another number of bytes than its shape asks, or a read or write fails;
    ///     what a source throws unchecked comes through as it is
    public static FileDigest write(
            Path target, List<TensorSource> tensors, Map<String, String> metadata) {
        return writeInOrder(target, ordered(tensors), metadata);
    }

    /// As [#write], to a file that does not exist yet, and without syncing it: for a caller that
    /// syncs it and gives it its name. Any failure removes it.
    public static FileDigest writeUnsynced(
            Path target, List<TensorSource> tensors, Map<String, String> metadata) {
        return write(target, target, ordered(tensors), metadata, false);
    }

    private static List<TensorSource> ordered(List<TensorSource> tensors) {
        List<TensorSource> ordered = new ArrayList<>(tensors);
        ordered.sort(
                Comparator.comparingInt((TensorSource tensor) -> tensor.dtype().bytes())
                        .reversed());
        return ordered;
    }

    /// As [#write], with the tensors lying exactly in the given order.
    static FileDigest writeInOrder(
            Path target, List<TensorSource> tensors, Map<String, String> metadata) {
        return write(target, DurableFiles.sibling(target, "tmp"), tensors, metadata, true);
    }

    /// @param file to write to; if `durable`, it is synced and then becomes `target`
    private static FileDigest write(
            Path target,
            Path file,
            List<TensorSource> tensors,
            Map<String, String> metadata,
            boolean durable) {
        String name = target.getFileName().toString();
        byte[] header = header(name, tensors, metadata);
        try (DigestingFile made = new DigestingFile(file)) {
            try {
                writeAll(made, name, header, tensors);
                if (durable) {
                    made.sync();
                    DurableFiles.publish(file, target);
                }
                return made.digest(name);
            } catch (IOException | RuntimeException | Error e) {
                DurableFiles.discard(file, e);
                throw e;
            }
        } catch (IOException e) {
            throw new CheckpointException(name, "", "cannot be written: " + e, e);
        }
    }

    private static void writeAll(
            DigestingFile file, String name, byte[] header, List<TensorSource> tensors)
            throws IOException {
        file.write(MemorySegment.ofArray(lengthPrefix(header.length)));
        file.write(MemorySegment.ofArray(header));
        for (TensorSource tensor : tensors) {
            writeTensor(file, name, tensor);
        }
    }

    private static byte[] lengthPrefix(long length) {
        return ByteBuffer.allocate(SafetensorsFile.LENGTH_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
    }

    private static void writeTensor(DigestingFile file, String name, TensorSource tensor) {
        long expected = Shape.bytes(name, tensor.name(), tensor.dtype(), tensor.shape());
        CountingSink sink = new CountingSink(file, expected);
        try {
            tensor.content().writeTo(sink);
        } catch (IOException e) {
            throw new CheckpointException(name, tensor.name(), "cannot be written: " + e, e);
        }
        if (sink.found != expected) {
            throw new CheckpointException(
                    name,
                    tensor.name(),
                    "expected %d bytes, found %d".formatted(expected, sink.found));
        }
    }

    private static byte[] header(
            String file, List<TensorSource> tensors, Map<String, String> metadata) {
        requireWritable(file, tensors, metadata);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            writeMetadata(json, metadata);
            long begin = 0;
            for (TensorSource tensor : tensors) {
                begin = writeEntry(json, file, tensor, begin);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new CheckpointException(file, "", "header cannot be written: " + e, e);
        }
        return padded(file, bytes.toByteArray());
    }

    private static void writeMetadata(JsonGenerator json, Map<String, String> metadata)
            throws IOException {
        if (metadata.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private static long writeEntry(JsonGenerator json, String file, TensorSource tensor, long begin)
            throws IOException {
        long end = begin + Shape.bytes(file, tensor.name(), tensor.dtype(), tensor.shape());
        if (end < begin) {
            throw new CheckpointException(file, tensor.name(), "ends beyond 2^63 bytes");
        }
        json.writeObjectFieldStart(tensor.name());
        json.writeStringField("dtype", tensor.dtype().name());
        writeCounts(json, "shape", tensor.shape());
        writeCounts(json, "data_offsets", List.of(begin, end));
        json.writeEndObject();
        return end;
    }

    private static void writeCounts(JsonGenerator json, String field, List<Long> counts)
            throws IOException {
        json.writeArrayFieldStart(field);
        for (long count : counts) {
            json.writeNumber(count);
        }
        json.writeEndArray();
    }

    private static byte[] padded(String file, byte[] json) {
        int length = Math.ceilDiv(json.length, HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
        if (length > Limits.HEADER_BYTES) {
            throw new CheckpointException(
                    file,
                    "",
                    "expected a header of at most %d bytes, found %d"
                            .formatted(Limits.HEADER_BYTES, length));
        }
        byte[] padded = Arrays.copyOf(json, length);
        Arrays.fill(padded, json.length, length, (byte) ' ');
        return padded;
    }

    /// What the reader would refuse is not written.
    private static void requireWritable(
            String file, List<TensorSource> tensors, Map<String, String> metadata) {
        if (tensors.size() > Limits.TENSORS || metadata.size() > Limits.METADATA_ENTRIES) {
            throw new CheckpointException(
                    file,
                    "",
                    "expected at most %d tensors and %d metadata entries, found %d and %d"
                            .formatted(
                                    Limits.TENSORS,
                                    Limits.METADATA_ENTRIES,
                                    tensors.size(),
                                    metadata.size()));
        }
        Set<String> names = new HashSet<>();
        for (TensorSource tensor : tensors) {
            SafetensorsHeader.requireName(file, tensor.name());
            if (tensor.name().equals(SafetensorsHeader.METADATA) || !names.add(tensor.name())) {
                throw new CheckpointException(file, tensor.name(), "the name is taken");
            }
            if (tensor.shape().size() > Limits.RANK) {
                throw new CheckpointException(
                        file,
                        tensor.name(),
                        "shape: expected at most %d numbers".formatted(Limits.RANK));
            }
        }
        metadata.forEach(
                (key, value) -> {
                    SafetensorsHeader.requireUnicode(file, key);
                    SafetensorsHeader.requireUnicode(file, value);
                });
    }

    /// Passes bytes on up to the tensor's size and counts all it was given.
    private static final class CountingSink implements TensorSource.Sink {
        private final DigestingFile file;
        private final long expected;
        private long found;

        CountingSink(DigestingFile file, long expected) {
            this.file = file;
            this.expected = expected;
        }

        @Override
        public void write(MemorySegment bytes) throws IOException {
            found += bytes.byteSize();
            if (found <= expected) {
                file.write(bytes);
            }
        }
    }
}
