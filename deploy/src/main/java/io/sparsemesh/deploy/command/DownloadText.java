package io.sparsemesh.deploy.command;

import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.download.DownloadView;
import java.io.PrintWriter;

/// Tells of a download: a line for each file, which on a terminal counts up before.
///
/// @param bars whether lines can be written over
record DownloadText(PrintWriter out, boolean bars) implements DownloadView {
    private static final String CLEAR_LINE = "\r\u001b[0K";

    @Override
    public void progress(FileDigest file, long bytes) {
        if (bars) {
            long percent = file.size() == 0 ? 100 : 100 * bytes / file.size();
            out.print("%s%3d %%  %s".formatted(CLEAR_LINE, percent, file.name()));
            out.flush();
        }
    }

    @Override
    public void resumed(FileDigest file, long bytes, String reason) {
        line(
                "%s: %s; going on at byte %d of %d"
                        .formatted(file.name(), reason, bytes, file.size()));
    }

    @Override
    public void done(FileDigest file, long kept) {
        String before = kept == 0 ? "" : ", %d from before".formatted(kept);
        line("%s  %d bytes%s".formatted(file.name(), file.size(), before));
    }

    private void line(String text) {
        out.println((bars ? CLEAR_LINE : "") + text);
        out.flush();
    }
}
