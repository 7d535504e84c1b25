package io.sparsemesh.gateway.submission;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.artifacts.DiskSpace;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Method;
import io.sparsemesh.contracts.job.Output;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.RequestDocument;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.plan.JobPlan;
import io.sparsemesh.contracts.plan.PlanException;
import io.sparsemesh.contracts.plan.Planner;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.model.Model;
import io.sparsemesh.gateway.model.ModelException;
import io.sparsemesh.gateway.model.ModelInspector;
import io.sparsemesh.gateway.model.ModelPlaces;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.source.FileUri;
import io.sparsemesh.gateway.source.Roots;
import io.sparsemesh.gateway.source.SourceException;
import io.sparsemesh.gateway.source.TenantRoots;
import io.sparsemesh.gateway.webhook.WebhookEvent;
import io.sparsemesh.gateway.webhook.Webhooks;
import io.sparsemesh.gateway.worker.LargestWorkers;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Judges a request: everything that can be known without reading tensors, all faults at once.
@ApplicationScoped
public class Submission {

    private static final String DEFAULT_OUTPUTS = "sparsemesh-output";

    private final TenantRoots roots;
    private final ModelPlaces places;
    private final ModelInspector inspector;
    private final LargestWorkers workers;
    private final Webhooks webhooks;
    private final BucketOutputs buckets;

    Submission(
            TenantRoots roots,
            ModelPlaces places,
            ModelInspector inspector,
            LargestWorkers workers,
            Webhooks webhooks,
            BucketOutputs buckets) {
        this.roots = roots;
        this.places = places;
        this.inspector = inspector;
        this.workers = workers;
        this.webhooks = webhooks;
        this.buckets = buckets;
    }

    /// @param tenant whose the job will be
    /// @param id what it will be called if it is accepted
    /// @throws ProblemException with all faults
    public Accepted judge(JsonNode body, Tenant tenant, JobId id) {
        Errors errors = new Errors();
        Roots own = roots.of(tenant);
        Draft draft = new RequestReader(errors).read(body);
        Optional<Model> model = findModel(draft, tenant, errors);
        DataSources sources = new DataSources(own, errors);
        JobRequest request = complete(draft, model, sources, output(draft, tenant, id, errors));
        model.ifPresent(m -> sources.requireTokenizer(m, draft));
        checkPatterns(request, model, errors);
        checkFormat(request, model, errors);
        checkWebhooks(draft.webhooks(), errors);
        errors.throwIfAny();
        return plan(request, model.orElseThrow(), tenant, id, webhooks(draft));
    }

    /// Makes the folder that outputs without a place go to.
    public void prepareOutput(JobRequest request) {
        if (OutputBuckets.isBucket(request.output().uri())) {
            return;
        }
        Path parent = Path.of(java.net.URI.create(request.output().uri())).getParent();
        if (parent.getFileName().toString().equals(DEFAULT_OUTPUTS)) {
            try {
                Files.createDirectories(parent);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot create " + parent, e);
            }
        }
    }

    private Optional<Model> findModel(Draft draft, Tenant tenant, Errors errors) {
        String uri = draft.model().uri();
        if (uri.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(inspector.inspect(places.find(tenant, uri, draft.revision())));
        } catch (SourceException e) {
            errors.add("/model/uri", e.code(), e.getMessage());
        } catch (ModelException e) {
            errors.add("/model/uri", e.code(), e.getMessage());
        }
        return Optional.empty();
    }

    private String output(Draft draft, Tenant tenant, JobId id, Errors errors) {
        Roots own = roots.of(tenant);
        try {
            if (draft.output().isEmpty()) {
                return FileUri.of(own.first().resolve(DEFAULT_OUTPUTS).resolve(id.value()));
            }
            String uri = draft.output().get().uri();
            return OutputBuckets.isBucket(uri)
                    ? buckets.judge(uri, tenant)
                    : FileUri.of(own.creatable(uri));
        } catch (SourceException e) {
            errors.add("/output/uri", e.code(), e.getMessage());
            return "";
        }
    }

    private JobRequest complete(
            Draft draft, Optional<Model> model, DataSources sources, String output) {
        return new JobRequest(
                model.map(Model::uri).orElse(""),
                model.flatMap(Model::revision).or(draft::revision).orElse("main"),
                method(draft.method(), model),
                draft.calibration().map(c -> sources.calibration(c, model)).orElse(null),
                sources.evaluation(draft, model),
                new Output(output, draft.format().text()),
                draft.onFallback(),
                draft.priority(),
                draft.labels());
    }

    /// Faults of the target are noted already; any valid one will do then.
    private static Method method(Draft.Method method, Optional<Model> model) {
        boolean sweep = !method.targets().isEmpty();
        boolean one = (method.sparsity() == null) != (method.pattern() == null);
        int last = model.map(m -> m.architecture().blocks() - 1).orElse(method.firstBlock());
        return new Method(
                method.name(),
                sweep ? null : one ? method.sparsity() : Double.valueOf(0),
                one && !sweep ? method.pattern() : null,
                method.blockSize(),
                method.damping(),
                method.exactCount(),
                method.propagation(),
                method.include(),
                method.exclude(),
                method.firstBlock(),
                method.lastBlock().orElse(last),
                method.quantization().orElse(null),
                method.overrides(),
                method.refit().orElse(null),
                method.experts(),
                method.targets(),
                sweep || !one || method.pattern() != null
                        ? Allocation.UNIFORM
                        : method.allocation());
    }

    private static void checkPatterns(JobRequest request, Optional<Model> model, Errors errors) {
        if (model.isEmpty()) {
            return;
        }
        int blocks = model.get().architecture().blocks();
        if (request.method().lastBlock() >= blocks) {
            errors.add(
                    "/method/lastBlock",
                    Code.NOT_PLANNABLE,
                    "expected a block below %d, found %d"
                            .formatted(blocks, request.method().lastBlock()));
        }
        if (!errors.anyBelow("/method")) {
            PatternCost.check(request.method(), model.get().architecture(), errors);
        }
    }

    private static void checkFormat(JobRequest request, Optional<Model> model, Errors errors) {
        boolean packed = request.output().format().equals(OutputFormat.PACK_QUANTIZED.text());
        if (packed && model.isPresent() && model.get().transposed()) {
            errors.add(
                    "/output/format",
                    Code.UNSUPPORTED_FORMAT,
                    "pack-quantized holds weights [outputs, inputs], those of %s lie the other way round; available: dense, sparse-bitmask"
                            .formatted(model.get().architecture().modelType()));
        }
    }

    private void checkWebhooks(List<Draft.Webhook> asked, Errors errors) {
        if (!asked.isEmpty()) {
            webhooks.requireSecret("/webhooks", errors);
        }
        asked.stream()
                .filter(webhook -> !webhook.uri().isEmpty())
                .forEach(w -> webhooks.checkAddress(w.uri(), w.pointer(), errors));
    }

    private static List<RequestDocument.Webhook> webhooks(Draft draft) {
        return draft.webhooks().stream()
                .map(w -> new RequestDocument.Webhook(w.uri(), names(w.events())))
                .toList();
    }

    private static List<String> names(List<WebhookEvent> events) {
        return events.stream().map(WebhookEvent::text).toList();
    }

    /// What a bucket has room for nobody can tell.
    private Capacity capacity(JobRequest request) {
        if (OutputBuckets.isBucket(request.output().uri())) {
            return new Capacity(Long.MAX_VALUE, workers.memory());
        }
        try {
            Path output = Path.of(java.net.URI.create(request.output().uri()));
            return new Capacity(DiskSpace.usable(output), workers.memory());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot ask the disk of " + request.output().uri(), e);
        }
    }

    private Accepted plan(
            JobRequest request,
            Model model,
            Tenant tenant,
            JobId id,
            List<RequestDocument.Webhook> webhooks) {
        Errors errors = new Errors();
        try {
            JobPlan plan = Planner.plan(request, model.architecture());
            MessageCodec.value(new JobSubmitted(id, tenant.name(), request, model.architecture()));
            capacity(request).check(plan, errors);
            errors.throwIfAny();
            return new Accepted(request, model.architecture(), plan, webhooks);
        } catch (PlanException e) {
            errors.add(e.pointer(), Code.NOT_PLANNABLE, e.getMessage());
        } catch (MessageException e) {
            errors.add("", Code.REQUEST_TOO_LARGE, "the request is too large: " + e.getMessage());
        }
        errors.throwIfAny();
        throw new IllegalStateException("a refused plan without a fault");
    }
}
