package io.sparsemesh.deploy.verify;

/// Something that is not as reported.
///
/// @param subject a file or a linear
/// @param text what was expected and what was found
public record Finding(String subject, String text) {}
