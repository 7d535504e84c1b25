package io.sparsemesh.worker;

import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.taskqueue.TaskHandler;
import io.sparsemesh.worker.allocate.AllocateTask;
import io.sparsemesh.worker.assemble.AssembleTask;
import io.sparsemesh.worker.assemble.KeepTask;
import io.sparsemesh.worker.calibrate.CalibrateTask;
import io.sparsemesh.worker.report.ReportTask;
import io.sparsemesh.worker.solve.ProfileTask;
import io.sparsemesh.worker.solve.SolveTask;
import java.io.IOException;

/// Does each kind of layer task.
public final class LayerTasks implements TaskHandler {

    private final CalibrateTask calibrate;
    private final ProfileTask profile;
    private final AllocateTask allocate;
    private final SolveTask solve;
    private final KeepTask keep;
    private final AssembleTask assemble;
    private final ReportTask report;

    /// @param version of Sparsemesh, for reports
    public LayerTasks(Workplace place, String version) {
        calibrate = new CalibrateTask(place);
        profile = new ProfileTask(place);
        allocate = new AllocateTask(place);
        solve = new SolveTask(place);
        keep = new KeepTask(place);
        assemble = new AssembleTask(place);
        report = new ReportTask(place, version);
    }

    @Override
    public TaskOutput run(LayerTask task, TaskContext context) throws IOException {
        return switch (task.work()) {
            case TaskWork.Calibrate work -> calibrate.run(work, context);
            case TaskWork.Profile work -> profile.run(work, context);
            case TaskWork.Allocate work -> allocate.run(work, context);
            case TaskWork.Solve work -> solve.run(work, context);
            case TaskWork.Keep work -> keep.run(work, context);
            case TaskWork.Assemble work -> assemble.run(work, context);
            case TaskWork.Report work -> report.run(work, context);
            case TaskWork.Evaluate work ->
                    throw new IllegalArgumentException(
                            "expected a task of a layer worker, found " + work.kind());
        };
    }
}
