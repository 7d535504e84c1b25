package io.sparsemesh.sources;

import java.util.Optional;

/// A file of a listing.
///
/// @param name without folder
/// @param size bytes
/// @param tag its entity tag, where the listing has one
record RemoteFile(String name, long size, Optional<String> tag, Optional<Checksum> checksum) {

    boolean isWeights() {
        return name.endsWith(".safetensors");
    }
}
