package io.sparsemesh.gateway.model;

import java.nio.file.Path;
import java.util.Optional;

/// Where a model's config, tokenizer and headers can be read. Its weights need not be there.
///
/// @param uri as jobs name it: of the folder's real path, or pinned
/// @param revision what a remote model is pinned to
public record ModelPlace(String uri, Optional<String> revision, Path folder) {}
