package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DevicesTest {

    @Test
    void unknownKindNamesTheKnownOnes() {
        assertThatThrownBy(() -> Devices.open("tpu", 1))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("[cpu, naive]")
                .hasMessageContaining("'tpu'");
    }
}
