package io.sparsemesh.worker.assemble;

import io.sparsemesh.artifacts.BucketFolder;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.worker.report.ReportTask;
import java.util.List;

/// Checkpoints in buckets, which know no rename: the server copies file by file, and then the first
/// copy is removed.
record BucketCheckpoints(OutputBuckets buckets, TaskContext context) implements Checkpoints {

    @Override
    public void move(String from, String to, List<FileDigest> files) {
        BucketFolder source = buckets.folder(from);
        BucketFolder target = buckets.folder(to);
        requireOwn(target, files);
        for (FileDigest file : files) {
            context.checkAbandoned();
            target.take(source, file);
        }
        remove(from, files.stream().map(FileDigest::name).toList());
    }

    /// A report is there only if the checkpoint has been moved before.
    private static void requireOwn(BucketFolder target, List<FileDigest> files) {
        for (String name : target.names()) {
            boolean own =
                    name.equals(ReportTask.FILE)
                            || files.stream()
                                    .filter(file -> file.name().equals(name))
                                    .anyMatch(target::holds);
            if (!own) {
                throw new DataException(target.uri(), "expected nothing there yet, found " + name);
            }
        }
    }

    @Override
    public void remove(String uri, List<String> own) {
        BucketFolder folder = buckets.folder(uri);
        List<String> names = folder.names();
        for (String name : names) {
            if (!own.contains(name)) {
                throw new DataException(uri, "expected files of the job only, found " + name);
            }
        }
        folder.remove(names);
    }
}
