package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.submission.Accepted;
import io.sparsemesh.gateway.submission.RetryReader;
import io.sparsemesh.gateway.submission.Submission;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/// Submits, shows, cancels, retries and deletes jobs.
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class JobResource {

    /// How long a cancel or retry waits for the scheduler's answer before it tells the old state.
    private static final Duration ACTION_WAIT = Duration.ofSeconds(2);

    private static final int JOBS_PER_PAGE = 50;
    private static final int LAYERS_PER_PAGE = 200;

    private final Submission submission;
    private final JobCommands commands;
    private final JobViews views;
    private final JobChanges changes;
    private final CurrentCaller caller;
    private final Counter accepted;

    JobResource(
            Submission submission,
            JobCommands commands,
            JobViews views,
            JobChanges changes,
            CurrentCaller caller,
            MeterRegistry metrics) {
        this.submission = submission;
        this.commands = commands;
        this.views = views;
        this.changes = changes;
        this.caller = caller;
        this.accepted =
                Counter.builder("sparsemesh.gateway.jobs.accepted")
                        .description("Jobs stored, repeated submissions apart")
                        .register(metrics);
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "submitJob",
            summary = "Submit a job, or with validateOnly=true only plan it")
    @RequestBody(content = @Content(schema = @Schema(ref = "JobSubmission")))
    @APIResponse(
            responseCode = "202",
            description = "The job; Location names it, Idempotency-Replayed a repeated answer",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @APIResponse(
            responseCode = "200",
            description = "The plan",
            content = @Content(schema = @Schema(implementation = PlanJson.class)))
    @APIResponse(responseCode = "400", description = "No JSON, or a parameter that is wrong")
    @APIResponse(responseCode = "413", description = "More than 1 MiB")
    @APIResponse(responseCode = "415", description = "A body that is not application/json")
    @APIResponse(responseCode = "422", description = "Every fault of the request")
    public Response submit(
            @Parameter(
                            description = "Plan only, make no job",
                            schema = @Schema(type = SchemaType.BOOLEAN))
                    @QueryParam("validateOnly")
                    String validateOnly,
            @Parameter(
                            description =
                                    "1 to 255 printable characters; the same key and body give the"
                                            + " first answer again")
                    @HeaderParam("Idempotency-Key")
                    String idempotencyKey,
            InputStream in) {
        boolean planOnly = flag("validateOnly", validateOnly);
        byte[] body = SubmissionBody.read(in);
        Optional<IdempotencyKey> key =
                Optional.ofNullable(idempotencyKey)
                        .filter(k -> !planOnly)
                        .map(k -> IdempotencyKey.of(caller.tenant(), k, body));
        Optional<JobCommands.Submitted> earlier = key.flatMap(commands::replay);
        if (earlier.isPresent()) {
            return accepted(earlier.get());
        }
        JsonNode request = SubmissionBody.parse(body);
        JobRef job = new JobRef(caller.tenant(), JobIds.next());
        Accepted accepted = submission.judge(request, job.tenant(), job.id());
        if (planOnly) {
            return Response.ok(PlanJson.of(accepted)).build();
        }
        submission.prepareOutput(accepted.request());
        return accepted(commands.submit(job, accepted, key));
    }

    private JobRef job(String id) {
        return JobRef.parse(caller.tenant(), id);
    }

    private Response accepted(JobCommands.Submitted submitted) {
        if (!submitted.replayed()) {
            accepted.increment();
        }
        Response.ResponseBuilder answer =
                Response.accepted(submitted.body())
                        .location(URI.create("/v1/jobs/" + submitted.jobId()));
        return (submitted.replayed() ? answer.header("Idempotency-Replayed", true) : answer)
                .build();
    }

    private static boolean flag(String name, String value) {
        return switch (value) {
            case null -> false;
            case "", "true" -> true;
            case "false" -> false;
            default ->
                    throw ProblemException.parameter(
                            name, "expected true or false, found '%s'".formatted(value));
        };
    }

    @GET
    @Operation(
            operationId = "listJobs",
            summary = "List jobs, newest first",
            description = "label.NAME=VALUE, for any name, lists jobs with that label only.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter that is wrong or unknown")
    public JobJson.Page<JobJson.Summary> list(
            @Parameter(description = "Any of these states") @QueryParam("state") List<String> state,
            @Parameter(description = "URI or folder name of the model") @QueryParam("model")
                    String model,
            @Parameter(
                            description = "1 to 1000, 50 by default",
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("pageSize")
                    String pageSize,
            @Parameter(description = "nextPageToken of the page before") @QueryParam("pageToken")
                    String pageToken,
            @Context UriInfo uri) {
        JobFilter filter = JobFilter.of(uri.getQueryParameters());
        Optional<PageToken> after = Optional.ofNullable(pageToken).map(PageToken::parse);
        return views.list(caller.tenant(), filter, after, PageToken.size(pageSize, JOBS_PER_PAGE));
    }

    @GET
    @Path("/{id}")
    @Operation(operationId = "getJob", summary = "Show a job, or wait for its state to change")
    @APIResponse(
            responseCode = "200",
            description = "The job; ETag names this state of it",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @APIResponse(responseCode = "304", description = "It is as If-None-Match has it")
    @APIResponse(responseCode = "400", description = "A parameter that is wrong")
    @APIResponse(responseCode = "404", description = "No such job")
    public Response get(
            @PathParam("id") String path,
            @Parameter(description = "Longest wait, 30s or 500ms; 60s at most") @QueryParam("wait")
                    String wait,
            @Parameter(description = "ETags of earlier answers")
                    @HeaderParam(HttpHeaders.IF_NONE_MATCH)
                    String ifNoneMatch) {
        JobRef job = job(path);
        Duration limit = WaitParameter.parse(wait);
        JobView view = views.get(job);
        boolean stale = ifNoneMatch != null && !matches(ifNoneMatch, view);
        if (limit.isPositive() && !stale && !view.state().isTerminal()) {
            view = changes.await(job, view.state(), limit).orElseThrow(job::missing);
        }
        if (ifNoneMatch != null && matches(ifNoneMatch, view)) {
            return Response.notModified().header(HttpHeaders.ETAG, tag(view)).build();
        }
        return answer(Response.ok(), view);
    }

    private static boolean matches(String ifNoneMatch, JobView view) {
        return Arrays.stream(ifNoneMatch.split(","))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(tag(view)));
    }

    /// Weak: the estimate of the remaining time changes without it.
    private static String tag(JobView view) {
        return "W/\"%d\"".formatted(view.version());
    }

    private static Response answer(Response.ResponseBuilder answer, JobView view) {
        return answer.entity(view.json())
                .header(HttpHeaders.ETAG, tag(view))
                .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                .build();
    }

    @GET
    @Path("/{id}/layers")
    @Operation(
            operationId = "listLayers",
            summary = "The linears that a job prunes, in the plan's order")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter that is wrong")
    @APIResponse(responseCode = "404", description = "No such job")
    public JobJson.Page<JobJson.Layer> layers(
            @PathParam("id") String id,
            @Parameter(
                            description = "1 to 1000, 200 by default",
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("pageSize")
                    String pageSize,
            @Parameter(description = "nextPageToken of the page before") @QueryParam("pageToken")
                    String pageToken) {
        int after = pageToken == null ? -1 : PageToken.position(pageToken);
        return views.layers(job(id), after, PageToken.size(pageSize, LAYERS_PER_PAGE));
    }

    @GET
    @Path("/{id}/evaluations")
    @Operation(operationId = "listEvaluations", summary = "What was measured so far")
    @APIResponse(responseCode = "200", description = "Each suite on each variant")
    @APIResponse(responseCode = "404", description = "No such job")
    public List<JobJson.EvaluationResult> evaluations(@PathParam("id") String id) {
        return views.evaluations(job(id));
    }

    @POST
    @Path("/{id}:cancel")
    @Operation(operationId = "cancelJob", summary = "Stop a job")
    @APIResponse(
            responseCode = "202",
            description = "The scheduler was asked",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is cancelled already",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @APIResponse(responseCode = "404", description = "No such job")
    @APIResponse(responseCode = "409", description = "It has ended")
    public Response cancel(@PathParam("id") String id) {
        return act(job(id), job -> commands.ask(job, Action.CANCEL));
    }

    @POST
    @Path("/{id}:retry")
    @Operation(
            operationId = "retryJob",
            summary =
                    "Run a failed or cancelled job again; finished layers are kept, others get the"
                            + " damping of the body, if it has one")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(ref = "RetrySubmission")))
    @APIResponse(
            responseCode = "202",
            description = "The scheduler was asked",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is retried already",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @APIResponse(responseCode = "400", description = "The body is no JSON")
    @APIResponse(responseCode = "404", description = "No such job")
    @APIResponse(responseCode = "422", description = "A damping that is wrong or has no meaning")
    @APIResponse(responseCode = "409", description = "It has not failed")
    public Response retry(@PathParam("id") String id, InputStream in) {
        byte[] body = SubmissionBody.read(in);
        Optional<Double> damping =
                body.length == 0
                        ? Optional.empty()
                        : RetryReader.damping(SubmissionBody.parse(body));
        return act(job(id), job -> commands.retry(job, damping));
    }

    /// Where clients land that encode the colon, and those with an action that does not exist.
    @POST
    @Path("/{call}")
    @Operation(hidden = true)
    public Response call(@PathParam("call") String call, InputStream in) {
        int colon = call.lastIndexOf(':');
        if (colon < 0) {
            throw new ProblemException(
                    405,
                    Code.METHOD_NOT_ALLOWED,
                    "a job is changed by %s:cancel or %s:retry, found neither"
                            .formatted(call, call));
        }
        String id = call.substring(0, colon);
        return switch (call.substring(colon + 1)) {
            case "cancel" -> cancel(id);
            case "retry" -> retry(id, in);
            default ->
                    throw ProblemException.notFound(
                            "expected the action cancel or retry, found '%s'"
                                    .formatted(call.substring(colon + 1)));
        };
    }

    /// @param ask whether the scheduler was asked
    private Response act(JobRef job, Predicate<JobRef> ask) {
        JobView before = views.get(job);
        if (!ask.test(job)) {
            return answer(Response.ok(), views.get(job));
        }
        JobView after = changes.await(job, before.state(), ACTION_WAIT).orElse(before);
        return answer(Response.accepted(), after);
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            operationId = "deleteJob",
            summary = "Forget a job that has ended, with its artifacts but not its output")
    @APIResponse(responseCode = "404", description = "No such job")
    @APIResponse(responseCode = "204", description = "It is gone")
    @APIResponse(responseCode = "409", description = "It has not ended")
    public Response delete(@PathParam("id") String id) {
        commands.ask(job(id), Action.DELETE);
        return Response.noContent().build();
    }
}
