package io.sparsemesh.sources;

import java.io.IOException;

/// What lies here already does not fit what the server has: it must be fetched from the beginning.
final class RangeException extends IOException {

    RangeException(String message) {
        super(message);
    }
}
