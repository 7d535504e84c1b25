package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The device with each of the libraries for products, whichever this processor would get.
class CpuProductsTest {

    @Nested
    class OfOpenBlas extends DeviceContract {

        @Override
        protected Device open() {
            return new CpuDevice(2, "openblas");
        }

        @Test
        void nameSaysWhichLibraryMultiplies() {
            assertThat(device().name()).contains("products by OpenBLAS");
        }
    }

    @Nested
    class OfOneDnn extends DeviceContract {

        @Override
        protected Device open() {
            assumeTrue(
                    getClass().getResource("/org/bytedeco/dnnl/linux-x86_64") != null,
                    "oneDNN comes for Linux on x86-64 only");
            return new CpuDevice(2, "onednn");
        }

        @Test
        void nameSaysWhichLibraryMultiplies() {
            assertThat(device().name()).contains("products by oneDNN 3.");
        }
    }
}
