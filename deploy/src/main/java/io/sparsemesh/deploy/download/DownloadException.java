package io.sparsemesh.deploy.download;

import io.sparsemesh.checkpoint.FileDigest;

/// A file did not come as the job's list of artifacts says.
public final class DownloadException extends RuntimeException {
    DownloadException(String message) {
        super(message);
    }

    static DownloadException otherFile(FileDigest listed, FileDigest found) {
        return new DownloadException(
                "'%s': expected sha256 %s, found %s"
                        .formatted(listed.name(), listed.sha256(), found.sha256()));
    }
}
