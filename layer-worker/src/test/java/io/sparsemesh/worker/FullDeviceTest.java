package io.sparsemesh.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.plan.PlannedTask;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.WrappedDevice;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A device whose memory others take in the middle of a task, as happens on a GPU: the attempt
/// fails, the next one finds room.
class FullDeviceTest {

    private static final Path DEMO = Path.of("../deploy/demo").toAbsolutePath().normalize();
    private static final int OUT_OF_MEMORY = 2;
    private static final int ALLOCATIONS = 12;

    @TempDir static Path folder;

    private static String undisturbed;

    /// Refuses the n-th allocation from now, once.
    private static final class FullDevice extends WrappedDevice {

        private final AtomicInteger left = new AtomicInteger();

        FullDevice(Device device) {
            super(device);
        }

        void refuseIn(int allocations) {
            left.set(allocations);
        }

        private void take() {
            if (left.decrementAndGet() == 0) {
                throw new DeviceException("cuMemAlloc", OUT_OF_MEMORY, "expected room, found none");
            }
        }

        @Override
        public Matrix allocate(Arena arena, long rows, long cols) {
            take();
            return super.allocate(arena, rows, cols);
        }

        @Override
        public Matrix scratch(Arena arena, long rows, long cols) {
            take();
            return super.scratch(arena, rows, cols);
        }
    }

    private static PlanRunner runner(Jobs.Place place, String name) {
        return new PlanRunner(
                place.place(),
                name,
                Jobs.request(
                        DEMO.resolve("valley-opt"),
                        Jobs.method(MethodName.SPARSEGPT, "0.5", Propagation.SEQUENTIAL, 0, 1),
                        Jobs.calibration(DEMO.resolve("ids.safetensors"), 4, 64),
                        folder.resolve(name)));
    }

    @BeforeAll
    static void pruneUndisturbed() throws Exception {
        try (Jobs.Place place = Jobs.Place.open(2, folder.resolve("store-undisturbed"))) {
            undisturbed = runner(place, "undisturbed").prune().sha256();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatFindsTheDeviceFullIsDoneAgainWithTheSameBits(long seed) throws Exception {
        Random random = new Random(seed);
        CountingDevice counting = new CountingDevice(Devices.open("cpu", 2));
        FullDevice full = new FullDevice(counting);
        int refused = 0;
        try (Jobs.Place place = Jobs.Place.on(full, folder.resolve("store-" + seed))) {
            PlanRunner runner = runner(place, "out-" + seed);
            List<PlannedTask> tasks = runner.plan().tasks();
            // It opens the model, whose embeddings stay.
            runner.run(tasks.getFirst());
            for (PlannedTask task : tasks.subList(1, tasks.size())) {
                if (task instanceof PlannedTask.Report) {
                    continue;
                }
                long alive = alive(counting);
                full.refuseIn(1 + random.nextInt(ALLOCATIONS));
                try {
                    runner.run(task, 1);
                } catch (DeviceException e) {
                    assertThat(e.isLost()).isFalse();
                    assertThat(alive(counting)).as("kept by %s", task.id()).isEqualTo(alive);
                    refused++;
                    full.refuseIn(0);
                    runner.run(task, 2);
                }
            }
            assertThat(runner.assembled().sha256()).isEqualTo(undisturbed);
        }
        assertThat(refused).as("tasks that found it full, seed %d", seed).isGreaterThan(5);
    }

    private static long alive(CountingDevice device) {
        device.takePeak();
        return device.takePeak();
    }
}
