package io.sparsemesh.engine.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.NarrowingDevice;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShardStatesTest {

    private static final int WIDTH = 3;
    private static final int LENGTH = 4;
    private static final int SEQUENCES = 5;
    private static final int TOKENS = SEQUENCES * LENGTH;

    private final Device cpu = Devices.open("cpu", 1);
    private final List<String> done = new ArrayList<>();
    private final Arena arena = Arena.ofShared();

    /// Two sequences at a time, and notes what is loaded.
    private final Device device =
            (Device)
                    Proxy.newProxyInstance(
                            Device.class.getClassLoader(),
                            new Class<?>[] {Device.class},
                            (_, method, arguments) -> {
                                if (method.getName().equals("load")) {
                                    done.add("load " + arguments[2]);
                                }
                                try {
                                    return method.invoke(
                                            new NarrowingDevice(cpu, 2 * LENGTH + 1), arguments);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            });

    @AfterEach
    void close() {
        arena.close();
        cpu.close();
    }

    private Tensor file() {
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, (long) TOKENS * WIDTH);
        for (int i = 0; i < TOKENS * WIDTH; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
        }
        return new Tensor(
                "hidden", Dtype.F32, List.of((long) SEQUENCES, (long) LENGTH, (long) WIDTH), data);
    }

    private ShardStates states() {
        return ShardStates.of(device, arena, file(), TOKENS, WIDTH, LENGTH);
    }

    @Test
    void eachBatchIsPassedOnBeforeTheNextOneIsLoaded() {
        ShardStates states = states();
        states.forEachBatch(
                batch -> {
                    done.add("pass " + batch.rows() + " from " + batch.get(0, 0));
                    batch.set(0, 0, -1);
                });
        assertThat(done)
                .containsExactly(
                        "load 8",
                        "pass 8 from 0.0",
                        "load 8",
                        "pass 8 from 24.0",
                        "load 4",
                        "pass 4 from 48.0");

        Matrix all = states.matrix();
        assertThat(all.rows()).isEqualTo(TOKENS);
        for (int i = 0; i < TOKENS * WIDTH; i++) {
            float expected = i % (2 * LENGTH * WIDTH) == 0 ? -1 : i;
            assertThat(all.get(i / WIDTH, i % WIDTH)).as("element " + i).isEqualTo(expected);
        }
        assertThat(done).as("nothing is loaded twice").hasSize(6);
    }

    @Test
    void statesThatNoBlockPassesComeToo() {
        Matrix all = states().matrix();
        assertThat(all.get(TOKENS - 1, WIDTH - 1)).isEqualTo(TOKENS * WIDTH - 1);
        assertThat(done).containsExactly("load 8", "load 8", "load 4");
    }

    @Test
    void whatIsThereIsNotLoaded() {
        Matrix there = Matrix.allocate(arena, TOKENS, WIDTH);
        ShardStates states = ShardStates.there(device, there, LENGTH);
        states.forEachBatch(batch -> done.add("pass " + batch.rows()));
        assertThat(done).containsExactly("pass 8", "pass 8", "pass 4");
        assertThat(states.matrix()).isSameAs(there);
    }
}
