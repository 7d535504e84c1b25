package io.sparsemesh.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.task.Failure;
import io.sparsemesh.contracts.task.Failure.Kind;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.taskqueue.FailureMapping;
import org.junit.jupiter.api.Test;

class LayerFailuresTest {

    private static final FailureMapping TABLE = LayerFailures.table();

    @Test
    void aLostDeviceFailsTheTaskForNowAndEndsTheProcess() {
        DeviceException lost = DeviceException.lost("launch prune", 700, "illegal address");

        assertThat(TABLE.failure(lost))
                .isEqualTo(new Failure(Kind.DEVICE, true, "[launch prune] illegal address"));
        assertThat(TABLE.endsProcess(lost)).isTrue();
    }

    @Test
    void aFullDeviceFailsTheTaskForNowAndTheProcessGoesOn() {
        DeviceException full = new DeviceException("cuMemAlloc", 2, "expected 8 bytes");

        assertThat(TABLE.failure(full))
                .isEqualTo(new Failure(Kind.DEVICE, true, "[cuMemAlloc] expected 8 bytes"));
        assertThat(TABLE.endsProcess(full)).isFalse();
    }
}
