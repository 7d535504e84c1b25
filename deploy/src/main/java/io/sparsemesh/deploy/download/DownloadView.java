package io.sparsemesh.deploy.download;

import io.sparsemesh.checkpoint.FileDigest;

/// Hears how far a download is.
public interface DownloadView {

    /// A file is there, whole and checked.
    ///
    /// @param kept bytes of it that an earlier try had brought
    void done(FileDigest file, long kept);

    /// Some of a file came.
    ///
    /// @param bytes of it that are there
    default void progress(FileDigest file, long bytes) {
        // most views tell whole files only
    }

    /// A connection broke, and another one is tried.
    ///
    /// @param bytes of the file that are there
    default void resumed(FileDigest file, long bytes, String reason) {
        // most views tell whole files only
    }
}
