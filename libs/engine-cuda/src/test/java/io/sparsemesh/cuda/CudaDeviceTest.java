package io.sparsemesh.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.Accelerator;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceContract;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.Loaded;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.device.PruningOps;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CudaDeviceTest extends DeviceContract {

    @Override
    protected Device open() {
        return CudaDevices.mirrored();
    }

    @Test
    void nameSaysWhichGpuAndLibraryCompute() {
        assertThat(CudaDevices.shared().name()).contains("cuda: ", "sm_", "cuBLAS");
    }

    @Test
    void acceleratorIsTheGpuWithAllItsMemory() {
        Device device = CudaDevices.shared();

        Accelerator gpu = device.accelerator().orElseThrow();

        assertThat(device.name()).contains(gpu.name(), gpu.driver());
        assertThat(gpu.memoryBytes()).isEqualTo(device.memory().orElseThrow().totalBytes());
    }

    @Test
    void hostCannotTouchItsMemory() {
        Matrix matrix = CudaDevices.shared().allocate(arena(), 3, 3);

        assertThatThrownBy(() -> matrix.get(0, 0)).isInstanceOf(WrongThreadException.class);
        assertThatThrownBy(() -> matrix.set(0, 0, 1)).isInstanceOf(WrongThreadException.class);
    }

    @Test
    void memoryInUseGrowsByWhatIsLent() {
        Device device = CudaDevices.shared();
        long before = device.memory().orElseThrow().usedBytes();

        device.allocate(arena(), 1 << 12, 1 << 12);

        long after = device.memory().orElseThrow().usedBytes();
        assertThat(after - before).isBetween(1L << 26, (1L << 26) + (1L << 23));
    }

    @Test
    void memoryThatWasUsedIsZeroedWhenItIsAllocatedAgain() {
        Device device = CudaDevices.shared();
        try (Arena own = Arena.ofConfined()) {
            device.upload(filled(300, 500, 7), device.scratch(own, 300, 500));
        }

        Matrix again = device.allocate(arena(), 300, 500);

        assertThat(device.pruning().countZeros(again)).isEqualTo(300 * 500);
    }

    @Test
    void memoryThatIsNotThereIsRefusedWithWhatThereIs() {
        assertThatThrownBy(() -> CudaDevices.shared().scratch(arena(), 1L << 40, 1))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("expected 4398046511104 bytes of device memory, found")
                .hasMessageContaining("free of");
    }

    /// Pieces of a transfer: more than one, and rows longer than one.
    @ParameterizedTest
    @CsvSource({"3,5000000", "500,1100"})
    void transfersOfAnySizeAreWhole(int rows, int cols) {
        Device device = CudaDevices.shared();
        Matrix host = Matrix.allocate(arena(), rows, cols);
        for (long i = 0; i < (long) rows * cols; i++) {
            host.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 1_000_003);
        }
        Matrix onDevice = device.scratch(arena(), rows, cols + 3).columns(2, cols + 2);
        Matrix back = Matrix.allocate(arena(), rows, cols);

        device.upload(host, onDevice);
        device.download(onDevice, back);

        assertThat(back.data().mismatch(host.data())).isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource(Operands.class)
    void productsHaveTheirOperandsRoundedAndNothingElse(Operands operands) {
        Device device = CudaDevices.shared().with(operands);
        Matrix x = random(1, 70, 90);
        Matrix w = random(2, 50, 90);
        Matrix y = device.scratch(arena(), 70, 50);
        Matrix h = device.allocate(arena(), 90, 90);

        device.blas().multiplyTransposed(1, uploaded(device, x), uploaded(device, w), 0, y);
        device.blas().addGram(uploaded(device, x), h);

        assertProduct(
                downloaded(device, y),
                90,
                (i, j, k) -> rounded(operands, x.get(i, k)) * rounded(operands, w.get(j, k)));
        assertProduct(
                downloaded(device, h),
                70,
                (i, j, k) -> rounded(operands, x.get(k, i)) * rounded(operands, x.get(k, j)));
    }

    /// Tensor cores cut sums off: at once, these would come out too small by some 5e-5.
    @ParameterizedTest
    @EnumSource(Operands.class)
    void sumsOverManyTokensStayAccurate(Operands operands) {
        Device device = CudaDevices.shared().with(operands);
        long tokens = 16_384 + 70;
        Matrix x = random(3, tokens, 9);
        Matrix other = random(4, tokens, 7);
        for (Matrix inputs : List.of(x, other)) {
            for (long i = 0; i < tokens; i++) {
                for (long j = 0; j < inputs.cols(); j++) {
                    inputs.set(i, j, Math.abs(inputs.get(i, j)));
                }
            }
        }
        Matrix h = device.allocate(arena(), 9, 9);
        Matrix cross = device.allocate(arena(), 9, 7);

        device.blas().addGram(uploaded(device, x), h);
        device.blas().transposedMultiply(2, uploaded(device, x), uploaded(device, other), 0, cross);
        device.blas().transposedMultiply(1, uploaded(device, x), uploaded(device, other), 1, cross);

        assertSums(downloaded(device, h), tokens, x, x, operands, 1);
        assertSums(downloaded(device, cross), tokens, x, other, operands, 3);
    }

    private static void assertSums(
            Matrix found, long tokens, Matrix a, Matrix b, Operands operands, double times) {
        for (long i = 0; i < found.rows(); i++) {
            for (long j = 0; j < found.cols(); j++) {
                double sum = 0;
                for (long k = 0; k < tokens; k++) {
                    sum += rounded(operands, a.get(k, i)) * rounded(operands, b.get(k, j));
                }
                assertThat(found.get(i, j) / (times * sum)).isEqualTo(1, offset(1.5e-5));
            }
        }
    }

    @FunctionalInterface
    private interface Term {
        double at(long row, long col, long inner);
    }

    private static void assertProduct(Matrix found, long inner, Term term) {
        for (long i = 0; i < found.rows(); i++) {
            for (long j = 0; j < found.cols(); j++) {
                double sum = 0;
                double size = 1;
                for (long k = 0; k < inner; k++) {
                    sum += term.at(i, j, k);
                    size += Math.abs(term.at(i, j, k));
                }
                assertThat((double) found.get(i, j)).isEqualTo(sum, offset(1e-6 * size));
            }
        }
    }

    private static double rounded(Operands operands, float x) {
        return switch (operands) {
            case F32 -> x;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
            case BF16 -> {
                int bits = Float.floatToRawIntBits(x);
                yield Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
            }
        };
    }

    private Matrix uploaded(Device device, Matrix host) {
        Matrix matrix = device.scratch(arena(), host.rows(), host.cols());
        device.upload(host, matrix);
        return matrix;
    }

    private Matrix downloaded(Device device, Matrix matrix) {
        Matrix host = Matrix.allocate(arena(), matrix.rows(), matrix.cols());
        device.download(matrix, host);
        return host;
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F64", "F32", "F16", "BF16"})
    void tensorsAreLoadedAsTheyAreAndCheckedBesideOtherWork(Dtype dtype) {
        Device device = CudaDevices.shared();
        int rows = 3;
        int cols = Emulator.isRealGpu() ? 3_000_001 : 30_001;
        MemorySegment bytes = arena().allocate((long) rows * cols * dtype.bytes() + 1).asSlice(1);
        MemorySegment floats = arena().allocate((long) rows * cols * Float.BYTES);
        for (long i = 0; i < (long) rows * cols; i++) {
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 251 - 125);
        }
        dtype.fromF32(floats, bytes);
        Tensor tensor = new Tensor("w", dtype, List.of((long) rows, (long) cols), bytes);
        try (Arena used = Arena.ofConfined()) {
            Matrix before = device.allocate(used, rows, cols);
            device.blas().addScaled(2, before, 1, before);
        }

        Loaded loaded = device.load(arena(), tensor, rows, cols);

        assertThat(loaded.nonFinite()).isEmpty();
        assertThat(downloaded(device, loaded.matrix()).data().mismatch(floats)).isEqualTo(-1);

        floats.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * cols + 17, Float.NaN);
        dtype.fromF32(floats, bytes);
        assertThat(device.load(arena(), tensor, rows, cols).nonFinite())
                .contains(new PruningOps.Position(2, 17));
    }
}
