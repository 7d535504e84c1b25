package io.sparsemesh.engine.fuzz;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.family.Families;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `config.json` of small models of every family, through the reader of its family.
final class ConfigTarget implements FuzzTarget {

    private static final Pattern TYPE = Pattern.compile("\"model_type\" *: *\"(\\w+)\"");

    private final List<Path> folders;
    private final List<byte[]> seeds = new ArrayList<>();
    private final Random random;
    private final ByteMutation bytes;
    private final JsonMutation json;

    /// @param folders models, whose configs are overwritten
    ConfigTarget(List<Path> folders, Random random) {
        this.folders = folders;
        this.random = random;
        folders.forEach(folder -> seeds.add(bytes(folder.resolve("config.json"))));
        this.bytes = new ByteMutation(random);
        this.json = new JsonMutation(random, seeds);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "config";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public byte[] next() {
        byte[] seed = random(seeds);
        return random.nextInt(5) == 0 ? bytes.mutate(seed, random(seeds)) : json.mutate(seed);
    }

    private byte[] random(List<byte[]> of) {
        return of.get(random.nextInt(of.size()));
    }

    /// Beside the weights of a model of the type that the input names first, so that the same input
    /// always meets the same weights.
    @Override
    public void read(byte[] input) {
        Path folder = folder(input);
        try {
            Files.write(folder.resolve("config.json"), input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ModelFolder opened = ModelFolder.open(folder)) {
            Families.describe(opened);
        }
    }

    private Path folder(byte[] input) {
        Matcher type = TYPE.matcher(new String(input, StandardCharsets.ISO_8859_1));
        String named = type.find() ? type.group(1) : "";
        return folders.stream()
                .filter(folder -> folder.getFileName().toString().split("-")[0].equals(named))
                .findFirst()
                .orElse(folders.getFirst());
    }
}
