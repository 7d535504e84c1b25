package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorDeviceTest {

    private final Arena arena = Arena.ofShared();
    private final Matrix a = Matrix.allocate(arena, 6, 11).view(1, 3, 4, 5);
    private final Matrix c = Matrix.allocate(arena, 6, 11).view(1, 2, 4, 5);

    @AfterEach
    void close() {
        arena.close();
    }

    /// The naive device, watched or disturbed after each operation.
    private static final class Watched extends RelayedDevice {

        private Watched(Consumer<List<Matrix>> watcher) {
            super("watched", new NaiveDevice(), new Watch(watcher));
        }

        @Override
        public Matrix allocate(Arena arena, long rows, long cols) {
            return Matrix.allocate(arena, rows, cols);
        }

        @Override
        public Matrix scratch(Arena arena, long rows, long cols) {
            return allocate(arena, rows, cols);
        }

        @Override
        public void upload(Matrix host, Matrix device) {
            device.copyFrom(host);
        }

        @Override
        public void download(Matrix device, Matrix host) {
            host.copyFrom(device);
        }
    }

    /// @param watcher is given the operands of an operation after it ran
    private record Watch(Consumer<List<Matrix>> watcher) implements Passage {
        @Override
        public <T> T compute(String operation, Function<CarriedOperands, T> call) {
            List<Matrix> seen = new ArrayList<>();
            T result = call.apply(new Seen(seen));
            watcher.accept(seen);
            return result;
        }
    }

    private record Seen(List<Matrix> operands) implements CarriedOperands {
        @Override
        public Matrix read(Matrix operand) {
            operands.add(operand);
            return operand;
        }

        @Override
        public Matrix write(Matrix operand) {
            return read(operand);
        }
    }

    private static void add(Matrix a, Matrix c, Consumer<List<Matrix>> watcher) {
        try (Device device = new MirrorDevice(new Watched(watcher))) {
            device.blas().addScaled(1, a, 1, c);
        }
    }

    @Test
    void operandsHaveTheirStrideAndAlignmentOnTheDevice() {
        List<Matrix> seen = new ArrayList<>();

        add(a, c, seen::addAll);

        assertThat(seen).extracting(Matrix::stride).containsExactly(11L, 11L);
        assertThat(seen)
                .extracting(operand -> operand.data().address() % Matrix.ALIGNMENT)
                .containsExactly(
                        a.data().address() % Matrix.ALIGNMENT,
                        c.data().address() % Matrix.ALIGNMENT)
                .doesNotHaveDuplicates();
        assertThat(seen).extracting(operand -> operand.data().address()).doesNotHaveDuplicates();
    }

    @Test
    void operandsInPlaceAreOneOnTheDevice() {
        List<Matrix> seen = new ArrayList<>();
        c.set(3, 4, 7);

        add(c, c, seen::addAll);

        assertThat(seen.getFirst().data().address()).isEqualTo(seen.getLast().data().address());
        assertThat(c.get(3, 4)).isEqualTo(14);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 5, 10, 16, 38, 49})
    void whatIsWrittenBesideAnOperandIsNoticed(long index) {
        assertThatThrownBy(() -> add(a, c, operands -> blot(operands.getLast(), index)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("addScaled: expected nothing written beside operand [4 x 5]")
                .hasMessageContaining("found float " + index + " ");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 5, 37})
    void whatIsWrittenToAnOperandThatIsOnlyReadIsNoticed(long index) {
        assertThatThrownBy(() -> add(a, c, operands -> blot(operands.getFirst(), index)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("addScaled: expected nothing written to operand [4 x 5]");
    }

    private static void blot(Matrix operand, long index) {
        MemorySegment.ofAddress(operand.data().address() + index * Float.BYTES)
                .reinterpret(Float.BYTES)
                .set(ValueLayout.JAVA_FLOAT, 0, 7);
    }

    @Test
    void writtenOperandThatOverlapsAnotherIsRefused() {
        Matrix whole = Matrix.allocate(arena, 6, 11);

        assertThatThrownBy(() -> add(whole.rows(0, 4), whole.rows(1, 5), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("addScaled: expected operand [4 x 11]");
    }

    @Test
    void newMemoryIsWhatTheDeviceGives() {
        try (Device device = new MirrorDevice(new RemoteDevice(Devices.open("naive", 1)))) {
            assertThat(device.allocate(arena, 3, 4).toArray()).containsOnly(0);
            assertThat(device.scratch(arena, 3, 4).toArray()).containsOnly(Float.NaN);
        }
    }
}
