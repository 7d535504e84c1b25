package io.sparsemesh.deploy.download;

/// A file did not come as the job's list of artifacts says.
public final class DownloadException extends RuntimeException {
    DownloadException(String message) {
        super(message);
    }
}
