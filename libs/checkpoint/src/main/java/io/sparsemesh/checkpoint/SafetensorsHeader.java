package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The parsed and checked JSON header of one safetensors file.
///
/// @param metadata entries of `__metadata__`, in file order
/// @param tensors by name, in file order; together they cover the buffer without hole or
///     overlap
record SafetensorsHeader(
        SequencedMap<String, String> metadata, SequencedMap<String, TensorInfo> tensors) {

    static final String METADATA = "__metadata__";

    SafetensorsHeader {
        metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
        tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    }

    /// @param file for messages
    /// @param json the header's bytes, padding included
    /// @param bufferBytes length of the file after the header
    /// @throws CheckpointException when any rule of the format or a limit is broken
    static SafetensorsHeader parse(String file, byte[] json, long bufferBytes) {
        Reader reader = new Reader(file);
        StrictJson.readObject(file, "header", json, reader::read);
        requireCovered(file, reader.tensors.values().stream().toList(), bufferBytes);
        return new SafetensorsHeader(reader.metadata, reader.tensors);
    }

    private static void requireCovered(String file, List<TensorInfo> tensors, long bufferBytes) {
        List<TensorInfo> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparingLong(TensorInfo::begin).thenComparing(TensorInfo::end));
        long covered = 0;
        for (TensorInfo tensor : ordered) {
            if (tensor.begin() != covered) {
                throw new CheckpointException(file, tensor.name(), gap(tensor, covered));
            }
            if (tensor.end() > bufferBytes) {
                throw new CheckpointException(
                        file,
                        tensor.name(),
                        "ends at byte %d, but the file holds %d bytes of data"
                                .formatted(tensor.end(), bufferBytes));
            }
            covered = tensor.end();
        }
        if (covered != bufferBytes) {
            throw new CheckpointException(
                    file,
                    "",
                    "expected %d bytes of data after the header, found %d"
                            .formatted(covered, bufferBytes));
        }
    }

    private static String gap(TensorInfo tensor, long covered) {
        return (tensor.begin() < covered
                        ? "overlaps the tensor before it: begins at byte %d, expected %d"
                        : "leaves a hole before it: begins at byte %d, expected %d")
                .formatted(tensor.begin(), covered);
    }

    /// Checks the rules for a tensor's name, for reading and for writing.
    static void requireName(String file, String name) {
        long bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (name.isEmpty() || bytes > Limits.NAME_BYTES) {
            throw new CheckpointException(
                    file,
                    name,
                    "expected a name of 1 to %d bytes, found %d"
                            .formatted(Limits.NAME_BYTES, bytes));
        }
        requireUnicode(file, name);
    }

    static void requireUnicode(String file, String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new CheckpointException(
                    file,
                    "",
                    "expected Unicode text, found half a surrogate pair in "
                            + CheckpointException.quoted(text));
        }
    }

    /// One pass over the header's fields.
    private static final class Reader {
        private final String file;
        private final SequencedMap<String, String> metadata = new LinkedHashMap<>();
        private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();

        Reader(String file) {
            this.file = file;
        }

        void read(JsonParser parser) throws IOException {
            for (String name = parser.nextFieldName();
                    name != null;
                    name = parser.nextFieldName()) {
                parser.nextToken();
                if (name.equals(METADATA)) {
                    readMetadata(parser);
                } else {
                    readTensor(parser, name);
                }
            }
        }

        private void readMetadata(JsonParser parser) throws IOException {
            expect(parser, JsonToken.START_OBJECT, METADATA, "an object of strings");
            for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                parser.nextToken();
                expect(parser, JsonToken.VALUE_STRING, METADATA, "strings as values");
                if (metadata.size() == Limits.METADATA_ENTRIES) {
                    throw new CheckpointException(
                            file,
                            "",
                            METADATA + ": expected at most %d entries".formatted(metadata.size()));
                }
                requireUnicode(file, key);
                requireUnicode(file, parser.getText());
                metadata.put(key, parser.getText());
            }
        }

        private void readTensor(JsonParser parser, String name) throws IOException {
            requireName(file, name);
            if (tensors.size() == Limits.TENSORS) {
                throw new CheckpointException(
                        file,
                        "",
                        "expected at most %d tensors, found more".formatted(Limits.TENSORS));
            }
            expect(parser, JsonToken.START_OBJECT, name, "an object");
            tensors.put(name, new EntryReader(file, name).read(parser));
        }

        private void expect(JsonParser parser, JsonToken token, String field, String expected) {
            if (parser.currentToken() != token) {
                throw new CheckpointException(
                        file,
                        "",
                        "header field %s: expected %s, found %s"
                                .formatted(
                                        CheckpointException.quoted(field),
                                        expected,
                                        parser.currentToken()));
            }
        }
    }

    /// Reads the entry of one tensor.
    private static final class EntryReader {
        private final String file;
        private final String name;
        private Dtype dtype;
        private List<Long> shape;
        private List<Long> offsets;

        EntryReader(String file, String name) {
            this.file = file;
            this.name = name;
        }

        TensorInfo read(JsonParser parser) throws IOException {
            for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
                parser.nextToken();
                switch (key) {
                    case "dtype" -> dtype = Dtype.parse(file, name, text(parser));
                    case "shape" -> shape = counts(parser, "shape", Limits.RANK);
                    case "data_offsets" -> offsets = counts(parser, "data_offsets", 2);
                    default -> throw fault("unknown field " + CheckpointException.quoted(key));
                }
            }
            if (dtype == null || shape == null || offsets == null) {
                throw fault("expected dtype, shape and data_offsets, found " + present());
            }
            return checked();
        }

        private TensorInfo checked() {
            if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
                throw fault("expected data_offsets [begin, end], found " + offsets);
            }
            long expected = Shape.bytes(file, name, dtype, shape);
            long found = offsets.get(1) - offsets.get(0);
            if (found != expected) {
                throw fault(
                        "%s %s: expected %d bytes, found %d"
                                .formatted(dtype, shape, expected, found));
            }
            return new TensorInfo(name, dtype, shape, offsets.get(0), offsets.get(1));
        }

        private String text(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw fault("dtype: expected a string, found " + parser.currentToken());
            }
            return parser.getText();
        }

        private List<Long> counts(JsonParser parser, String field, int limit) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw fault(field + ": expected an array, found " + parser.currentToken());
            }
            List<Long> counts = new ArrayList<>(4);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (counts.size() == limit) {
                    throw fault("%s: expected at most %d numbers".formatted(field, limit));
                }
                counts.add(count(parser, field));
            }
            return counts;
        }

        private long count(JsonParser parser, String field) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw fault(
                        "%s: expected whole numbers, found %s"
                                .formatted(field, parser.currentToken()));
            }
            BigInteger value = parser.getBigIntegerValue();
            if (value.signum() < 0 || value.bitLength() > 63) {
                throw fault(
                        "%s: expected numbers from 0 to 2^63 - 1, found %s"
                                .formatted(field, CheckpointException.printable(value.toString())));
            }
            return value.longValue();
        }

        private List<String> present() {
            List<String> fields = new ArrayList<>();
            if (dtype != null) {
                fields.add("dtype");
            }
            if (shape != null) {
                fields.add("shape");
            }
            if (offsets != null) {
                fields.add("data_offsets");
            }
            return fields;
        }

        private CheckpointException fault(String detail) {
            return new CheckpointException(file, name, detail);
        }
    }
}
