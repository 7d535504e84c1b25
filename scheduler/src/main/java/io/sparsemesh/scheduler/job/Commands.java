package io.sparsemesh.scheduler.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.task.AbandonTasks;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskWork;
import io.sparsemesh.scheduler.core.Command;
import io.sparsemesh.scheduler.core.Decision;
import io.sparsemesh.scheduler.core.WorkDraft;
import io.sparsemesh.scheduler.outbox.Outbox;
import io.sparsemesh.scheduler.trace.JobTraces;
import io.sparsemesh.tracing.Step;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Turns commands into messages. Lists that outgrow a message become artifacts on the way.
@ApplicationScoped
class Commands {

    private final Outbox outbox;
    private final ArtifactStore artifacts;
    private final JobTraces traces;

    Commands(Outbox outbox, ArtifactStore artifacts, JobTraces traces) {
        this.traces = traces;
        this.outbox = outbox;
        this.artifacts = artifacts;
    }

    /// The messages of a decision, in order.
    ///
    /// @throws io.sparsemesh.contracts.message.MessageException if one is too long
    List<Outbox.Entry> encode(Decision decision, Instant now) {
        List<Outbox.Entry> entries = new ArrayList<>();
        for (Command command : decision.commands()) {
            switch (command) {
                case Command.Emit emit ->
                        entries.add(
                                outbox.encode(
                                        Topics.EVENTS, emit.event().subject(), emit.event(), now));
                case Command.PublishTask task -> entries.add(task(task, decision, now));
                case Command.Abandon(var job) ->
                        entries.add(
                                outbox.encode(
                                        Topics.CONTROL, job.value(), new AbandonTasks(job), now));
                case Command.DeleteArtifacts _, Command.DeleteOutputs _ -> {}
            }
        }
        return entries;
    }

    private Outbox.Entry task(Command.PublishTask command, Decision decision, Instant now) {
        TaskWork work = work(command, decision.job().request().modelUri());
        LayerTask task = new LayerTask(command.job(), command.task(), command.attempt(), work);
        try (Step step = traces.handOut(task)) {
            return outbox.encode(
                    work.kind().topic(), command.task().value(), task, now, step.traceparent());
        }
    }

    private TaskWork work(Command.PublishTask command, String modelUri) {
        return switch (command.work()) {
            case WorkDraft.Complete complete -> complete.work();
            case WorkDraft.Allocate allocate ->
                    new TaskWork.Allocate(store(command, allocate.manifest()));
            case WorkDraft.Keep keep ->
                    new TaskWork.Keep(
                            keep.output(),
                            keep.candidate(),
                            keep.checkpoint().outputUri(),
                            keep.others(),
                            store(command, keep.checkpoint()));
            case WorkDraft.Assemble assemble ->
                    new TaskWork.Assemble(
                            modelUri,
                            assemble.manifest().request().output(),
                            store(command, assemble.manifest()));
            case WorkDraft.Report report ->
                    new TaskWork.Report(
                            report.manifest().request().output(),
                            store(command, report.manifest()));
        };
    }

    /// Stored before the transaction commits: without it, nobody knows the key.
    private ArtifactRef store(Command.PublishTask command, Object manifest) {
        try {
            return artifacts.put(
                    ArtifactKeys.manifest(command.job(), command.task().value(), command.attempt()),
                    MessageCodec.mapper().writeValueAsBytes(manifest));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write the manifest of " + command.task(), e);
        }
    }
}
