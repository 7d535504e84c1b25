package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.SortedMap;

/// `model.safetensors.index.json`: which shard holds which tensor.
///
/// @param shardOf bare file name by tensor name, in file order
/// @param totalSize bytes of all tensors, as it says
record ShardIndex(SequencedMap<String, String> shardOf, OptionalLong totalSize) {

    static final String NAME = "model.safetensors.index.json";
    private static final String SUFFIX = ".safetensors";

    ShardIndex {
        shardOf = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(shardOf));
    }

    /// @throws CheckpointException when it is no index, names a file outside its folder, or too
    ///     many files
    static ShardIndex read(Path path) {
        SequencedMap<String, String> shardOf = new LinkedHashMap<>();
        long[] totalSize = {-1};
        byte[] utf8 = StrictJson.readFile(path, Limits.INDEX_BYTES);
        StrictJson.readObject(
                NAME, "index", utf8, parser -> readFields(parser, shardOf, totalSize));
        if (shardOf.isEmpty()) {
            throw new CheckpointException(NAME, "", "expected a weight_map, found none or empty");
        }
        requireFewShards(shardOf);
        return new ShardIndex(
                shardOf, totalSize[0] < 0 ? OptionalLong.empty() : OptionalLong.of(totalSize[0]));
    }

    /// Before any is opened.
    private static void requireFewShards(SequencedMap<String, String> shardOf) {
        int shards = new HashSet<>(shardOf.values()).size();
        if (shards > Limits.SHARDS) {
            throw new CheckpointException(
                    NAME,
                    "",
                    "expected at most %d shards, found %d".formatted(Limits.SHARDS, shards));
        }
    }

    private static void readFields(
            JsonParser parser, SequencedMap<String, String> shardOf, long[] totalSize)
            throws IOException {
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            parser.nextToken();
            if (key.equals("weight_map")) {
                readWeightMap(parser, shardOf);
            } else if (key.equals("metadata") && parser.currentToken() == JsonToken.START_OBJECT) {
                readMetadata(parser, totalSize);
            } else {
                parser.skipChildren();
            }
        }
    }

    private static void readMetadata(JsonParser parser, long[] totalSize) throws IOException {
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            boolean counts = value == JsonToken.VALUE_NUMBER_INT;
            if (key.equals("total_size")
                    && counts
                    && parser.getBigIntegerValue().bitLength() < 64) {
                totalSize[0] = parser.getLongValue();
            } else {
                parser.skipChildren();
            }
        }
    }

    /// The index of a folder, as Hugging Face's tools write it: keys sorted, two spaces.
    ///
    /// @param shardOf bare file name by tensor name
    /// @param totalSize bytes of all tensors
    static byte[] text(SortedMap<String, String> shardOf, long totalSize) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.putObject("metadata").put("total_size", totalSize);
        ObjectNode map = index.putObject("weight_map");
        shardOf.forEach(map::put);
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter(
                        Separators.createDefaultInstance()
                                .withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
        try {
            return (new JsonMapper().writer(printer).writeValueAsString(index) + "\n")
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void readWeightMap(JsonParser parser, SequencedMap<String, String> shardOf)
            throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new CheckpointException(NAME, "", "weight_map: expected an object");
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            SafetensorsHeader.requireName(NAME, name);
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new CheckpointException(NAME, name, "expected a file name");
            }
            if (shardOf.size() == Limits.TENSORS) {
                throw new CheckpointException(
                        NAME,
                        "",
                        "expected at most %d tensors, found more".formatted(Limits.TENSORS));
            }
            shardOf.put(name, bareName(name, parser.getText()));
        }
    }

    private static String bareName(String tensor, String file) {
        boolean bare =
                file.endsWith(SUFFIX)
                        && !file.startsWith(".")
                        && file.chars().allMatch(ShardIndex::allowed)
                        && file.length() <= 255;
        if (!bare) {
            throw new CheckpointException(
                    NAME,
                    tensor,
                    "expected a bare file name ending in %s, found %s"
                            .formatted(SUFFIX, CheckpointException.quoted(file)));
        }
        return file;
    }

    private static boolean allowed(int c) {
        return c > ' ' && c < 0x7f && c != '/' && c != '\\' && c != ':';
    }

    /// File names of all shards, in the order the index first names them.
    SequencedSet<String> shards() {
        return new LinkedHashSet<>(shardOf.values());
    }
}
