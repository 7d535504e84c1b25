package io.sparsemesh.engine.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.sparsemesh.engine.family.SmallModel;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Whatever a model folder holds, reading it ends soon, takes little memory, and either works or is
/// refused by one of the two exceptions that are for this.
///
/// `-Dfuzz.seconds=600` for all targets together, a minute otherwise; `-Dfuzz.targets=config,index`
/// for some,
/// `-Dfuzz.seed=N` to repeat. An input that is taken in another way is kept below
/// `target/fuzz`; mended, it goes to the test resources `fuzz`, which are read in every run.
///
/// The target `tokenizer` is for hands: the library under it is native and not ours, and a
/// fault of it ends the process, with `target/fuzz/tokenizer/tokenizer.json` as what did it.
class FileFuzzTest {

    private static final List<String> TARGETS =
            List.of(
                    System.getProperty("fuzz.targets", "safetensors,config,index,encoded")
                            .split(","));
    private static final List<String> ALL =
            List.of("safetensors", "config", "index", "encoded", "tokenizer");
    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 60);
    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
    private static final Path FOUND = Path.of("target/fuzz");

    @TempDir private Path folder;

    private FuzzTarget target(String name) throws IOException, URISyntaxException {
        Random random = new Random(SEED);
        return switch (name) {
            case "safetensors" -> new SafetensorsTarget(folder, random);
            case "config" -> new ConfigTarget(models(), random);
            case "index" -> new IndexTarget(folder, random);
            case "encoded" -> new EncodedTarget(folder, random);
            case "tokenizer" ->
                    new TokenizerTarget(Files.createDirectories(FOUND.resolve(name)), random);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private List<Path> models() throws IOException, URISyntaxException {
        List<Path> models = new ArrayList<>();
        for (String type : List.of("llama", "gpt2", "opt", "bloom")) {
            Path model = Files.createDirectory(folder.resolve(type));
            models.add(SmallModel.of(type).write(model));
        }
        try (Stream<Path> golden = Files.list(resources("/golden/models"))) {
            for (Path from : golden.sorted().toList()) {
                Path model = Files.createDirectory(folder.resolve(from.getFileName()));
                for (String file : List.of("config.json", "model.safetensors")) {
                    Files.copy(from.resolve(file), model.resolve(file));
                }
                models.add(model);
            }
        }
        return models;
    }

    private static Path resources(String name) throws URISyntaxException {
        return Path.of(FileFuzzTest.class.getResource(name).toURI());
    }

    @ParameterizedTest
    @FieldSource("TARGETS")
    void damagedInputIsReadOrRefused(String name) throws Exception {
        FuzzTarget target = target(name);
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos() / TARGETS.size();
        int read = 0;
        System.out.printf("fuzz %s: -Dfuzz.seed=%d%n", name, SEED);
        try (Judge judge = new Judge()) {
            while (read == 0 || System.nanoTime() < end) {
                byte[] input = target.next();
                Optional<String> fault = judge.fault(target, input);
                if (fault.isPresent()) {
                    fail("%s, input %d: %s", keep(name, read, input), read, fault.get());
                }
                read++;
            }
        }
        System.out.printf("fuzz %s: %d inputs%n", name, read);
    }

    private static String keep(String name, int number, byte[] input) throws IOException {
        Files.createDirectories(FOUND);
        Path kept = FOUND.resolve("%s-%d-%d.bin".formatted(name, SEED, number));
        Files.write(kept, input);
        return "%s (-Dfuzz.seed=%d)".formatted(kept.toAbsolutePath(), SEED);
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void validInputIsRead(String name) throws Exception {
        FuzzTarget target = target(name);

        target.read(target.seeds().getFirst());
    }

    /// Inputs that were taken in another way once, each by all readers.
    @ParameterizedTest
    @FieldSource("ALL")
    void inputsThatWereFoundAreRefusedNow(String name) throws Exception {
        FuzzTarget target = target(name);
        try (Judge judge = new Judge();
                Stream<Path> found = Files.walk(resources("/fuzz"))) {
            for (Path input : found.filter(Files::isRegularFile).sorted().toList()) {
                assertThat(judge.fault(target, Files.readAllBytes(input)))
                        .as("%s", input)
                        .isEmpty();
            }
        }
    }
}
