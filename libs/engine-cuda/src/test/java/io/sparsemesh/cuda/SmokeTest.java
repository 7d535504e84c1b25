package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class SmokeTest {
    @Test
    void multiplies() {
        Emulator.use();
        try (Device device = Devices.open("cuda", 1);
                Arena arena = Arena.ofConfined()) {
            System.out.println(device.name() + " " + device.memory());
            float[] v = new float[300];
            for (int i = 0; i < 300; i++) v[i] = i % 7 - 3;
            Matrix x = Matrix.of(arena, v, 30, 10);
            Matrix dx = device.scratch(arena, 30, 10);
            device.upload(x, dx);
            Matrix h = device.allocate(arena, 10, 10);
            device.with(Operands.F16).blas().addGram(dx, h);
            Matrix back = Matrix.allocate(arena, 10, 10);
            device.download(h, back);
            float sum = 0;
            for (int i = 0; i < 30; i++) sum += x.get(i, 3) * x.get(i, 5);
            assertThat(back.get(3, 5)).isEqualTo(sum);
            assertThat(back.get(5, 3)).isEqualTo(sum);
            assertThat(device.blas().dot(dx, dx)).isEqualTo(1195);
            System.out.println(
                    device.pruning().countZeros(dx) + " " + device.pruning().firstNonFinite(dx));
        }
    }
}
