package io.sparsemesh.engine.fuzz;

import io.sparsemesh.checkpoint.ModelFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// `model.safetensors.index.json` beside two shards.
final class IndexTarget implements FuzzTarget {

    private static final String VALID =
            "{\"metadata\":{\"total_size\":16},\"weight_map\":"
                    + "{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\"}}";

    private final Path folder;
    private final Random random;
    private final ByteMutation bytes;
    private final JsonMutation json;

    IndexTarget(Path folder, Random random) throws IOException {
        this.folder = folder;
        this.random = random;
        this.bytes = new ByteMutation(random);
        this.json = new JsonMutation(random, seeds());
        Files.writeString(folder.resolve("config.json"), "{}");
        shard("m-1.safetensors", "a");
        shard("m-2.safetensors", "b");
    }

    private void shard(String file, String tensor) throws IOException {
        String header =
                "{\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
                        .formatted(tensor);
        String length = (char) header.length() + "\0".repeat(7);
        Files.writeString(folder.resolve(file), length + header + "\0".repeat(8));
    }

    @Override
    public String name() {
        return "index";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(VALID.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public byte[] next() {
        byte[] valid = seeds().getFirst();
        return random.nextBoolean() ? bytes.mutate(valid, valid) : json.mutate(valid);
    }

    @Override
    public void read(byte[] input) {
        try {
            Files.write(folder.resolve("model.safetensors.index.json"), input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ModelFolder opened = ModelFolder.open(folder)) {
            opened.tensors().keySet().forEach(opened::tensor);
        }
    }
}
