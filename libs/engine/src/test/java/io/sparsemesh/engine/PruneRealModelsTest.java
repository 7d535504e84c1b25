package io.sparsemesh.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// See [RealModels].
class PruneRealModelsTest {

    private static Device cpu() {
        return Devices.open("cpu", 2);
    }

    @TestFactory
    Stream<DynamicTest> perplexityAfterPruningIsTheReferences() {
        return Stream.of("stories260K", "babyllama-105")
                .flatMap(
                        model ->
                                RealModels.cases(
                                        "cpu", PruneRealModelsTest::cpu, model, _ -> true));
    }

    @TestFactory
    Stream<DynamicTest> perplexityIsTheReferencesInMemoryThatTheHostCannotTouch() {
        return RealModels.cases(
                "remote",
                () -> new RemoteDevice(cpu()),
                "stories260K",
                run -> List.of("--sparsity", "0.5").equals(run.args()));
    }

    @ParameterizedTest
    @CsvSource({"2.1790, ''", "2.3030, --sparsity 0.7", "2.2007, --prunen 2 --prunem 4"})
    void theDemoModelIsPrunedAsItsCardSays(double perplexity, String args) {
        Path model = RealModels.SHARED.resolve("demo-model/valley-opt");
        assumeTrue(Files.isDirectory(model), () -> "no " + model);
        ReferenceRun run = new ReferenceRun(args.isEmpty() ? List.of() : List.of(args.split(" ")));

        RealModels.compare(
                PruneRealModelsTest::cpu,
                model,
                RealModels.SHARED.resolve("demo-model/ids.safetensors"),
                run,
                perplexity);
    }
}
