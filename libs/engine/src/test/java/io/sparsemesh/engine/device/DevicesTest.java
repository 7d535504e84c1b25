package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class DevicesTest {

    private record Provider(String kind, Supplier<Device> device) implements DeviceProvider {
        @Override
        public Device open(int threads) {
            return device.get();
        }
    }

    private static Device broken() {
        throw new DeviceException("open gpu", 100, "libgpu.so: expected a GPU, found none");
    }

    private static SortedMap<String, DeviceProvider> found(Provider... providers) {
        SortedMap<String, DeviceProvider> found = new TreeMap<>();
        for (Provider provider : providers) {
            found.put(provider.kind(), provider);
        }
        return found;
    }

    @Test
    void unknownKindNamesTheKnownOnes() {
        assertThatThrownBy(() -> Devices.open("tpu", 1))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("[auto, cpu, naive]")
                .hasMessageContaining("'tpu'");
    }

    @Test
    void autoTakesTheFirstDeviceThatCanBeOpened() {
        Device working = new NaiveDevice();

        Devices.Choice choice =
                Devices.choose(
                        "auto",
                        1,
                        found(
                                new Provider("gpu-a", DevicesTest::broken),
                                new Provider("gpu-b", () -> working)));

        assertThat(choice.device()).isSameAs(working);
        assertThat(choice.passedOver())
                .containsExactly("not gpu-a: [open gpu] libgpu.so: expected a GPU, found none");
    }

    @Test
    void autoTakesTheCpuWhereNothingElseCanBeOpenedAndSaysWhy() {
        Devices.Choice choice =
                Devices.choose("auto", 1, found(new Provider("gpu", DevicesTest::broken)));
        try (Device device = choice.device()) {
            assertThat(device.name()).startsWith("cpu: ");
            assertThat(choice.reasons())
                    .isEqualTo(
                            device.name()
                                    + "; not gpu: [open gpu] libgpu.so: expected a GPU, found none");
        }
    }

    @Test
    void aKindThatIsAskedForIsOpenedOrRefused() {
        assertThatThrownBy(
                        () ->
                                Devices.choose(
                                        "gpu", 1, found(new Provider("gpu", DevicesTest::broken))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("found none");
    }

    @Test
    void aLossIsToldThroughCausesAndWhatWasSuppressed() {
        DeviceException lost = DeviceException.lost("launch", 700, "illegal address");
        RuntimeException closing = new IllegalStateException("not closed");
        closing.addSuppressed(new IllegalStateException(lost));

        assertThat(DeviceException.tellsLoss(lost)).isTrue();
        assertThat(DeviceException.tellsLoss(closing)).isTrue();
        assertThat(DeviceException.tellsLoss(new DeviceException("cuMemAlloc", 2, "full")))
                .isFalse();
    }
}
