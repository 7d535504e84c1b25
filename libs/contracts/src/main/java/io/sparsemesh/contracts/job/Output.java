package io.sparsemesh.contracts.job;

/// Where the pruned checkpoint goes.
///
/// @param uri folder to be made, `file:`
/// @param format name of an [OutputFormat]
public record Output(String uri, String format) {}
