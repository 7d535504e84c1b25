package io.sparsemesh.engine.device.natives;

import java.io.IOException;

/// The library that computes large products: [OneDnn] on processors with AVX-512 where it is on the
/// class path, otherwise [OpenBlas]. `SPARSEMESH_GEMM` in the environment, `onednn` or
/// `openblas`, chooses one, so that workers on unlike processors can give the same bits.
///
/// @param library what computes
/// @param name which it is, and why if another was expected
public record Products(Sgemm library, String name) {

    /// Of the environment.
    public static final String VARIABLE = "SPARSEMESH_GEMM";
    private static final int AVX_512 = 512;

    private static final class Holder {
        private static final OneDnn LOADED;
        private static final String FAILURE;

        static {
            OneDnn loaded = null;
            String failure = null;
            try {
                loaded = new OneDnn();
            } catch (IOException | RuntimeException | LinkageError e) {
                failure = e.getMessage();
            }
            LOADED = loaded;
            FAILURE = failure;
        }
    }

    /// @param vectorBits of the processor's vectors
    /// @param wish what [#VARIABLE] is set to, empty where it is not
    /// @throws IllegalStateException when the one that is wished for cannot be used
    public static Products of(OpenBlas openBlas, int vectorBits, String wish) {
        return switch (wish) {
            case "" -> vectorBits >= AVX_512 && OneDnn.isPresent() ? any(openBlas) : of(openBlas);
            case "openblas" -> of(openBlas);
            case "onednn" -> oneDnn();
            default ->
                    throw new IllegalStateException(
                            "%s: expected onednn or openblas, found '%s'"
                                    .formatted(VARIABLE, wish));
        };
    }

    private static Products any(OpenBlas openBlas) {
        if (Holder.LOADED == null) {
            return new Products(
                    openBlas, "OpenBLAS, as oneDNN could not be loaded: " + Holder.FAILURE);
        }
        return oneDnn();
    }

    private static Products oneDnn() {
        if (Holder.LOADED == null) {
            throw new IllegalStateException("oneDNN could not be loaded: " + Holder.FAILURE);
        }
        return new Products(Holder.LOADED, "oneDNN " + Holder.LOADED.version());
    }

    private static Products of(OpenBlas openBlas) {
        return new Products(openBlas, "OpenBLAS");
    }
}
