package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A corpus of files that are wrong in one way each, every one with its own message.
class BrokenFilesTest {

    private static final String X = "[model.safetensors] tensor 'x': ";
    private static final String FILE = "[model.safetensors] ";

    @TempDir Path folder;

    /// A wrong file and what is said about it.
    record Broken(String what, byte[] bytes, String message) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Broken> corpus() {
        return Stream.of(lengths(), json(), entries(), layout(), limits()).flatMap(s -> s);
    }

    private static Stream<Broken> lengths() {
        String good = "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        byte[] header = good.getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                new Broken(
                        "empty",
                        new byte[0],
                        FILE + "expected at least 8 bytes of header length, found 0"),
                new Broken(
                        "seven bytes",
                        new byte[7],
                        FILE + "expected at least 8 bytes of header length, found 7"),
                new Broken(
                        "header of no bytes",
                        RawFiles.bytes(0, header, new byte[8]),
                        FILE + "expected a header of 2 to 16777216 bytes, found a length of 0"),
                new Broken(
                        "length of 2^63 - 1",
                        RawFiles.bytes(Long.MAX_VALUE, header, new byte[8]),
                        FILE
                                + "expected a header of 2 to 16777216 bytes, found a length of"
                                + " 9223372036854775807"),
                new Broken(
                        "length of 2^63",
                        RawFiles.bytes(Long.MIN_VALUE, header, new byte[8]),
                        FILE
                                + "expected a header of 2 to 16777216 bytes, found a length of"
                                + " 9223372036854775808"),
                new Broken(
                        "length of 2^64 - 1",
                        RawFiles.bytes(-1, header, new byte[8]),
                        FILE
                                + "expected a header of 2 to 16777216 bytes, found a length of"
                                + " 18446744073709551615"),
                new Broken(
                        "length beyond the file",
                        RawFiles.bytes(header.length + 9, header, new byte[8]),
                        FILE + "truncated: expected a header of 63 bytes, found 62"),
                new Broken(
                        "cut inside the data",
                        RawFiles.bytes(good, 5),
                        X + "ends at byte 8, but the file holds 5 bytes of data"),
                new Broken(
                        "bytes after the last tensor",
                        RawFiles.bytes(good, 9),
                        FILE + "expected 8 bytes of data after the header, found 9"),
                new Broken(
                        "length one short",
                        RawFiles.bytes(header.length - 1, header, new byte[8]),
                        FILE + "header is not valid JSON: Unexpected end-of-input"));
    }

    private static Stream<Broken> json() {
        return Stream.of(
                new Broken(
                        "array for object",
                        RawFiles.bytes("[]", 0),
                        FILE + "expected a header that begins with '{', found byte 0x5b"),
                new Broken(
                        "padding in front",
                        RawFiles.bytes(" {}", 0),
                        FILE + "expected a header that begins with '{', found byte 0x20"),
                new Broken(
                        "not JSON",
                        RawFiles.bytes("{x}", 0),
                        FILE + "header is not valid JSON: Unexpected character ('x' (code 120))"),
                new Broken(
                        "NUL padding",
                        RawFiles.bytes("{}\0", 0),
                        FILE + "header is not valid JSON: Illegal character"),
                new Broken(
                        "two values",
                        RawFiles.bytes("{} {}", 0),
                        FILE + "header: expected the end after the JSON object"),
                new Broken(
                        "not UTF-8",
                        RawFiles.bytes(4, new byte[] {'{', '"', (byte) 0xff, '"'}, new byte[0]),
                        FILE + "header is not valid JSON: not UTF-8"),
                new Broken(
                        "tensor twice",
                        RawFiles.bytes("{\"x\":%s,\"x\":%s}".formatted(entry(0), entry(8)), 16),
                        FILE + "header is not valid JSON: Duplicate field 'x'"),
                new Broken(
                        "field twice",
                        RawFiles.bytes("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F16\"}}", 0),
                        FILE + "header is not valid JSON: Duplicate field 'dtype'"),
                new Broken(
                        "metadata twice",
                        RawFiles.bytes("{\"__metadata__\":{},\"__metadata__\":{}}", 0),
                        FILE + "header is not valid JSON: Duplicate field '__metadata__'"),
                new Broken(
                        "metadata key twice",
                        RawFiles.bytes("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0),
                        FILE + "header is not valid JSON: Duplicate field 'a'"),
                new Broken(
                        "metadata of numbers",
                        RawFiles.bytes("{\"__metadata__\":{\"a\":1}}", 0),
                        FILE
                                + "header field '__metadata__': expected strings as values, found"
                                + " VALUE_NUMBER_INT"),
                new Broken(
                        "metadata not an object",
                        RawFiles.bytes("{\"__metadata__\":[]}", 0),
                        FILE
                                + "header field '__metadata__': expected an object of strings,"
                                + " found START_ARRAY"),
                new Broken(
                        "half a surrogate pair",
                        RawFiles.bytes("{\"\\ud800\":%s}".formatted(entry(0)), 8),
                        FILE + "expected Unicode text, found half a surrogate pair in '\\ud800'"),
                new Broken(
                        "tensor is a number",
                        RawFiles.bytes("{\"x\":7}", 0),
                        FILE + "header field 'x': expected an object, found VALUE_NUMBER_INT"));
    }

    private static Stream<Broken> entries() {
        return Stream.of(
                entry(
                        "no dtype",
                        "\"shape\":[2],\"data_offsets\":[0,8]",
                        "expected dtype, shape and data_offsets, found [shape, data_offsets]"),
                entry(
                        "no shape",
                        "\"dtype\":\"F32\",\"data_offsets\":[0,8]",
                        "expected dtype, shape and data_offsets, found [dtype, data_offsets]"),
                entry(
                        "no offsets",
                        "\"dtype\":\"F32\",\"shape\":[2]",
                        "expected dtype, shape and data_offsets, found [dtype, shape]"),
                entry("unknown field", "\"strides\":[1]", "unknown field 'strides'"),
                entry(
                        "8-bit float",
                        "\"dtype\":\"F8_E4M3\"",
                        "8-bit floats 'F8_E4M3' are not supported, convert them to F16, BF16 or F32"
                                + " first"),
                entry(
                        "unknown dtype",
                        "\"dtype\":\"U32\"",
                        "expected a dtype of [F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL],"
                                + " found 'U32'"),
                entry(
                        "dtype in lower case",
                        "\"dtype\":\"f32\"",
                        "expected a dtype of [F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL],"
                                + " found 'f32'"),
                entry(
                        "dtype not a string",
                        "\"dtype\":3",
                        "dtype: expected a string, found VALUE_NUMBER_INT"),
                entry(
                        "shape not an array",
                        "\"shape\":2",
                        "shape: expected an array, found VALUE_NUMBER_INT"),
                entry(
                        "negative dimension",
                        "\"shape\":[-2]",
                        "shape: expected numbers from 0 to 2^63 - 1, found -2"),
                entry(
                        "fraction as dimension",
                        "\"shape\":[2.0]",
                        "shape: expected whole numbers, found VALUE_NUMBER_FLOAT"),
                entry(
                        "dimension of 2^63",
                        "\"shape\":[9223372036854775808]",
                        "shape: expected numbers from 0 to 2^63 - 1, found 9223372036854775808"),
                entry(
                        "nested shape",
                        "\"shape\":[[2]]",
                        "shape: expected whole numbers, found START_ARRAY"),
                entry(
                        "product of dimensions overflows",
                        "\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]",
                        "shape [4294967296, 4294967296] is larger than 2^63 bytes"),
                entry(
                        "bytes overflow",
                        "\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]",
                        "shape [2305843009213693952] is larger than 2^63 bytes"),
                entry(
                        "one offset",
                        "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]",
                        "expected data_offsets [begin, end], found [8]"),
                entry(
                        "three offsets",
                        "\"data_offsets\":[0,8,16]",
                        "data_offsets: expected at most 2 numbers"),
                entry(
                        "offsets backwards",
                        "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]",
                        "expected data_offsets [begin, end], found [8, 0]"),
                entry(
                        "negative offset",
                        "\"data_offsets\":[-8,0]",
                        "data_offsets: expected numbers from 0 to 2^63 - 1, found -8"),
                entry(
                        "fewer bytes than the shape",
                        "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]",
                        "F32 [2]: expected 8 bytes, found 4"),
                entry(
                        "more bytes than the shape",
                        "\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,8]",
                        "F16 []: expected 2 bytes, found 8"));
    }

    private static Stream<Broken> layout() {
        String two = "{\"x\":%s,\"y\":%s}";
        return Stream.of(
                new Broken(
                        "overlapping tensors",
                        RawFiles.bytes(two.formatted(entry(4), entry(0)), 12),
                        X + "overlaps the tensor before it: begins at byte 4, expected 8"),
                new Broken(
                        "one place for two tensors",
                        RawFiles.bytes(two.formatted(entry(0), entry(0)), 8),
                        "[model.safetensors] tensor 'y': overlaps the tensor before it: begins at"
                                + " byte 0, expected 8"),
                new Broken(
                        "hole between tensors",
                        RawFiles.bytes(two.formatted(entry(12), entry(0)), 20),
                        X + "leaves a hole before it: begins at byte 12, expected 8"),
                new Broken(
                        "hole in front",
                        RawFiles.bytes("{\"x\":%s}".formatted(entry(8)), 16),
                        X + "leaves a hole before it: begins at byte 8, expected 0"),
                new Broken(
                        "data without tensors",
                        RawFiles.bytes("{}", 3),
                        FILE + "expected 0 bytes of data after the header, found 3"),
                new Broken(
                        "offsets near 2^63",
                        RawFiles.bytes(
                                "{\"x\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807],"
                                        + "\"data_offsets\":[0,9223372036854775807]}}",
                                8),
                        X
                                + "ends at byte 9223372036854775807, but the file holds 8"
                                + " bytes of data"));
    }

    private static Stream<Broken> limits() {
        String dimensions = Stream.generate(() -> "1").limit(33).collect(Collectors.joining(","));
        return Stream.of(
                new Broken(
                        "empty name",
                        RawFiles.bytes("{\"\":%s}".formatted(entry(0)), 8),
                        FILE + "expected a name of 1 to 512 bytes, found 0"),
                new Broken(
                        "name of 513 bytes",
                        RawFiles.bytes("{\"%s\":%s}".formatted("n".repeat(513), entry(0)), 8),
                        FILE
                                + "tensor '"
                                + "n".repeat(200)
                                + "...': expected a name of 1 to 512"
                                + " bytes, found 513"),
                new Broken(
                        "name of 257 letters in 514 bytes",
                        RawFiles.bytes("{\"%s\":%s}".formatted("é".repeat(257), entry(0)), 8),
                        FILE
                                + "tensor '"
                                + "é".repeat(200)
                                + "...': expected a name of 1 to 512"
                                + " bytes, found 514"),
                entry(
                        "33 dimensions",
                        "\"shape\":[" + dimensions + "]",
                        "shape: expected at most 32 numbers"),
                new Broken(
                        "nesting out of sight",
                        RawFiles.bytes("{\"x\":{\"a\":{\"b\":{\"c\":{}}}}}", 0),
                        X + "unknown field 'a'"),
                new Broken(
                        "line break in a name",
                        RawFiles.bytes("{\"a\\nb\":{\"dtype\":1}}", 0),
                        FILE + "tensor 'a\\u000ab': dtype: expected a string"));
    }

    private static Broken entry(String what, String fields, String message) {
        return new Broken(what, RawFiles.bytes("{\"x\":{" + fields + "}}", 8), X + message);
    }

    /// Entry of an F32 tensor of two elements.
    private static String entry(int begin) {
        return "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}"
                .formatted(begin, begin + 8);
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void brokenFileIsRefusedWithItsOwnMessage(Broken broken) {
        Path file = RawFiles.write(folder.resolve("model.safetensors"), broken.bytes());

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(broken.message());
    }

    @Test
    void everyBrokenFileHasAMessageOfItsOwn() {
        assertThat(corpus().map(Broken::what)).doesNotHaveDuplicates();
        assertThat(corpus().map(Broken::message)).doesNotHaveDuplicates();
    }

    @Test
    void exceptionCarriesFileAndTensor() {
        Path file =
                RawFiles.write(folder.resolve("a.safetensors"), RawFiles.bytes("{\"x\":{}}", 0));

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOfSatisfying(
                        CheckpointException.class,
                        e -> {
                            assertThat(e.file()).isEqualTo("a.safetensors");
                            assertThat(e.tensor()).isEqualTo("x");
                        });
    }

    @Test
    void missingFileAndFolderAreToldApart() throws IOException {
        Files.createDirectory(folder.resolve("d.safetensors"));

        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
                .hasMessage("[none.safetensors] expected a file, found nothing");
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("d.safetensors")))
                .hasMessage("[d.safetensors] expected a file, found something else");
    }

    /// Any damage to a good file is either found or leaves a file whose tensors can all be
    /// read.
    @Test
    void noSingleDamagedByteCausesAnythingButARefusal() {
        byte[] good =
                RawFiles.bytes(
                        "{\"__metadata__\":{\"format\":\"pt\"},\"x\":%s,\"y\":%s}  "
                                .formatted(entry(0), entry(8)),
                        16);
        int refused = 0;
        for (int i = 0; i < good.length; i++) {
            for (int flip = 1; flip < 256; flip += 6) {
                byte[] damaged = good.clone();
                damaged[i] ^= (byte) flip;
                refused += refuses(damaged) ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThan(good.length * 20);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] good = RawFiles.bytes("{\"x\":%s}".formatted(entry(0)), 8);
        Function<Integer, byte[]> cut = length -> Arrays.copyOf(good, length);
        for (int length = 0; length < good.length; length++) {
            assertThat(refuses(cut.apply(length))).as("cut to %d bytes", length).isTrue();
        }
        assertThat(refuses(good)).isFalse();
    }

    private boolean refuses(byte[] bytes) {
        Path path = RawFiles.write(folder.resolve("model.safetensors"), bytes);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            file.tensors().keySet().forEach(name -> assertThat(file.tensor(name)).isNotNull());
            return false;
        } catch (CheckpointException e) {
            assertThat(e).hasMessageStartingWith(FILE);
            return true;
        }
    }
}
