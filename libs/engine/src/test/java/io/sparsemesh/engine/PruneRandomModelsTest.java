package io.sparsemesh.engine;

import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// See [RandomModels].
class PruneRandomModelsTest {

    @TestFactory
    Stream<DynamicTest> everyCaseIsPrunedAsTheReferenceDoes() {
        return RandomModels.cases("cpu", () -> Devices.open("cpu", 2), _ -> true);
    }

    @TestFactory
    Stream<DynamicTest> oneModelIsPrunedInMemoryThatTheHostCannotTouch() {
        return RandomModels.cases(
                "remote",
                () -> new RemoteDevice(Devices.open("cpu", 2)),
                name -> name.startsWith("llama__"));
    }
}
