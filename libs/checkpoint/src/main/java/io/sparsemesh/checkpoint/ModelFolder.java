package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A Hugging Face model folder, open for reading: `config.json` and the weights as
/// `model.safetensors` or as shards with an index. A tokenizer need not be there. Links are
/// followed, as download caches use them. Safe to read from many threads; closing it unmaps
/// all tensors.
public final class ModelFolder implements AutoCloseable {

    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";

    private static final Pattern PICKLE_OR_ZIP =
            Pattern.compile(".*\\.(bin|pt|pth|ckpt|pkl|pickle|zip|tar|gz|npz|h5|msgpack|gguf|ot)");
    private static final Pattern SIDECAR =
            Pattern.compile(
                    "(generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens"
                            + "|vocab|chat_template|preprocessor_config|processor_config)\\.json"
                            + "|merges\\.txt|vocab\\.txt|chat_template\\.jinja"
                            + "|.*\\.model|.*\\.tiktoken|README\\.md|(LICENSE|NOTICE)(\\.[a-z]+)?");

    private final Path path;
    private final JsonNode config;
    private final Optional<ShardIndex> index;
    private final Optional<Expansion> expansion;
    private final SequencedMap<String, SafetensorsFile> shards;
    private final SequencedMap<String, SafetensorsFile> shardOf = new LinkedHashMap<>();
    private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();

    private ModelFolder(
            Path path,
            JsonNode config,
            Optional<ShardIndex> index,
            SequencedMap<String, SafetensorsFile> shards,
            Optional<Expansion> expansion) {
        this.path = path;
        this.config = config;
        this.index = index;
        this.shards = Collections.unmodifiableSequencedMap(shards);
        this.expansion = expansion;
        for (SafetensorsFile shard : shards.values()) {
            tensors(shard).keySet().forEach(tensor -> shardOf.put(tensor, shard));
            tensors.putAll(tensors(shard));
        }
    }

    /// Opens a folder and checks its config, its index and the headers of all its shards.
    ///
    /// @throws CheckpointException when the folder, its config or its weights are missing,
    ///     are only there in a format that can run code (pickle) or in an archive, or are
    ///     broken
    public static ModelFolder open(Path path) {
        String name = name(path);
        if (!Files.isDirectory(path)) {
            throw new CheckpointException(
                    name,
                    "",
                    "expected a model folder, found "
                            + (Files.exists(path) ? "a file" : "nothing"));
        }
        Optional<ShardIndex> index = findIndex(path);
        if (!Files.isRegularFile(path.resolve(CONFIG))) {
            throw new CheckpointException(name, "", "expected " + CONFIG + ", found none");
        }
        JsonNode config = StrictJson.readTree(path.resolve(CONFIG));
        SequencedMap<String, SafetensorsFile> shards = new LinkedHashMap<>();
        try {
            openShards(path, index, shards);
            return new ModelFolder(path, config, index, shards, Optional.empty());
        } catch (RuntimeException e) {
            shards.values().forEach(SafetensorsFile::close);
            throw e;
        }
    }

    /// As [#open], but a folder that declares one of the forms of [WeightEncoding] is seen as it
    /// was before: its weights whole, its config without the declaration. Weights are decoded when
    /// they are asked for. Any other folder is as [#open] gives it.
    ///
    /// @throws CheckpointException also when the parts of a weight are missing or not fitting
    public static ModelFolder openExpanded(Path path) {
        ModelFolder stored = open(path);
        try {
            return WeightEncoding.of(stored.config).map(stored::expanded).orElse(stored);
        } catch (RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    private ModelFolder expanded(WeightEncoding encoding) {
        ObjectNode plain = ((ObjectNode) config).deepCopy();
        plain.remove(WeightEncoding.CONFIG_FIELD);
        Expansion weights = new Expansion(encoding, this::tensor);
        return new ModelFolder(path, plain, index, shards, Optional.of(weights));
    }

    private static void openShards(
            Path path, Optional<ShardIndex> index, SequencedMap<String, SafetensorsFile> shards) {
        if (index.isEmpty()) {
            shards.put(WEIGHTS, SafetensorsFile.open(path.resolve(WEIGHTS)));
            return;
        }
        long headerBytes = 0;
        for (String name : index.get().shards()) {
            SafetensorsFile shard = SafetensorsFile.open(path.resolve(name));
            shards.put(name, shard);
            headerBytes += shard.headerBytes();
            requireBounded(name, headerBytes);
            requireIndexed(index.get(), shard);
        }
        requirePresent(index.get(), shards);
    }

    /// All shards together obey the limit of one, or many of them could still fill the heap.
    private static void requireBounded(String shard, long headerBytes) {
        if (headerBytes > Limits.HEADER_BYTES) {
            throw new CheckpointException(
                    shard,
                    "",
                    "expected headers of at most %d bytes in all shards up to here, found %d"
                            .formatted(Limits.HEADER_BYTES, headerBytes));
        }
    }

    private static void requireIndexed(ShardIndex index, SafetensorsFile shard) {
        for (String tensor : shard.tensors().keySet()) {
            String expected = index.shardOf().get(tensor);
            if (expected == null) {
                throw new CheckpointException(shard.name(), tensor, "is missing in the index");
            }
            if (!expected.equals(shard.name())) {
                throw new CheckpointException(
                        shard.name(), tensor, "the index places it in " + expected);
            }
        }
    }

    private static void requirePresent(
            ShardIndex index, SequencedMap<String, SafetensorsFile> shards) {
        for (Map.Entry<String, String> entry : index.shardOf().entrySet()) {
            if (!shards.get(entry.getValue()).tensors().containsKey(entry.getKey())) {
                throw new CheckpointException(
                        entry.getValue(), entry.getKey(), "the index places it here, found none");
            }
        }
    }

    private static Optional<ShardIndex> findIndex(Path path) {
        if (Files.isRegularFile(path.resolve(WEIGHTS))) {
            return Optional.empty();
        }
        if (Files.isRegularFile(path.resolve(ShardIndex.NAME))) {
            return Optional.of(ShardIndex.read(path.resolve(ShardIndex.NAME)));
        }
        throw new CheckpointException(name(path), "", weightsMissing(path));
    }

    private static String weightsMissing(Path path) {
        String expected = "expected " + WEIGHTS + " or " + ShardIndex.NAME + ", found ";
        List<String> files = regularFiles(path);
        Optional<String> stray = files.stream().filter(f -> f.endsWith(".safetensors")).findFirst();
        if (stray.isPresent()) {
            return expected + CheckpointException.quoted(stray.get());
        }
        return files.stream()
                .filter(file -> PICKLE_OR_ZIP.matcher(file.toLowerCase(Locale.ROOT)).matches())
                .findFirst()
                .map(
                        file ->
                                expected
                                        + "only "
                                        + CheckpointException.quoted(file)
                                        + "; pickle files can run code and are never read, nor are"
                                        + " archives: convert the model to safetensors, for example"
                                        + " with save_pretrained(..., safe_serialization=True)")
                .orElse(expected + "neither");
    }

    private static List<String> regularFiles(Path path) {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(Files::isRegularFile)
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new CheckpointException(name(path), "", "cannot be listed: " + e, e);
        }
    }

    static String name(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        return last == null ? path.toString() : last.toString();
    }

    /// Where the folder is.
    public Path path() {
        return path;
    }

    /// The whole of `config.json`, an object.
    public JsonNode config() {
        return config;
    }

    /// The config's `model_type`, such as `llama`.
    ///
    /// @throws CheckpointException when the config has none
    public String modelType() {
        JsonNode type = config.path("model_type");
        if (!type.isTextual()) {
            throw new CheckpointException(
                    CONFIG, "", "model_type: expected a string, found " + type.getNodeType());
        }
        return type.textValue();
    }

    /// All tensors of all shards by name: shard after shard, in each as its header has them.
    /// Begin and end count within the shard.
    public SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    /// Whether a tensor of that name exists.
    public boolean has(String tensor) {
        return shardOf.containsKey(tensor);
    }

    /// A view of one tensor, without copying; readable until the folder is closed.
    ///
    /// @throws CheckpointException when no shard has it
    public Tensor tensor(String tensor) {
        SafetensorsFile shard = shardOf.get(tensor);
        if (shard == null) {
            throw new CheckpointException(
                    name(path),
                    tensor,
                    "not in this model of %d tensors".formatted(shardOf.size()));
        }
        return expansion
                .filter(weights -> weights.has(tensor))
                .map(weights -> weights.tensor(tensor))
                .orElseGet(() -> shard.tensor(tensor));
    }

    /// The tensors of one of the [#shards].
    SequencedMap<String, TensorInfo> tensors(SafetensorsFile shard) {
        return expansion.map(weights -> weights.of(shard)).orElseGet(shard::tensors);
    }

    /// Whether the files hold weights otherwise than they are seen here.
    public boolean isExpanded() {
        return expansion.isPresent();
    }

    /// What the index says that all tensors take, in bytes; empty without index, or if it says
    /// nothing.
    public OptionalLong indexedBytes() {
        return index.map(ShardIndex::totalSize).orElse(OptionalLong.empty());
    }

    /// The bytes of `config.json`, as [#config] has it.
    byte[] configBytes() {
        byte[] stored = StrictJson.readFile(path.resolve(CONFIG), Limits.CONFIG_BYTES);
        return isExpanded() ? ConfigText.withoutField(stored, WeightEncoding.CONFIG_FIELD) : stored;
    }

    /// The weight files by name: one, or the shards in the order of the index.
    public SequencedMap<String, SafetensorsFile> shards() {
        return shards;
    }

    /// Whether the weights are sharded, with an index.
    public boolean isSharded() {
        return index.isPresent();
    }

    /// The files that belong to the model unchanged whatever happens to its weights: config,
    /// generation config, tokenizer, chat template, licence. Sorted by name; always has the
    /// config.
    public List<Path> sidecars() {
        List<Path> sidecars = new ArrayList<>();
        for (String file : regularFiles(path)) {
            if (file.equals(CONFIG) || SIDECAR.matcher(file).matches()) {
                sidecars.add(path.resolve(file));
            }
        }
        return List.copyOf(sidecars);
    }

    /// Unmaps all shards; their tensors can no longer be read.
    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }
}
