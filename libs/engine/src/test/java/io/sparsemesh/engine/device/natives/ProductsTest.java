package io.sparsemesh.engine.device.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class ProductsTest {

    private static final OpenBlas OPEN_BLAS = OpenBlas.get();

    @Test
    void openBlasMultipliesWhereVectorsAreShort() {
        Products products = Products.of(OPEN_BLAS, 256, "");

        assertThat(products).isEqualTo(new Products(OPEN_BLAS, "OpenBLAS"));
    }

    @Test
    void oneDnnMultipliesWithAvx512() {
        assumeTrue(OneDnn.isPresent(), "oneDNN comes for Linux on x86-64 only");

        Products products = Products.of(OPEN_BLAS, 512, "");

        assertThat(products.library()).isInstanceOf(OneDnn.class);
        assertThat(products.name()).matches("oneDNN 3\\.\\d+\\.\\d+");
    }

    @Test
    void aWishGoesBeforeTheProcessor() {
        assumeTrue(OneDnn.isPresent(), "oneDNN comes for Linux on x86-64 only");

        assertThat(Products.of(OPEN_BLAS, 512, "openblas").library()).isSameAs(OPEN_BLAS);
        assertThat(Products.of(OPEN_BLAS, 128, "onednn").library()).isInstanceOf(OneDnn.class);
    }

    @Test
    void anotherWishIsRefusedWithWhatIsExpected() {
        assertThatThrownBy(() -> Products.of(OPEN_BLAS, 512, "mkl"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("SPARSEMESH_GEMM: expected onednn or openblas, found 'mkl'");
    }
}
