package io.sparsemesh.gateway.artifact;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.sparsemesh.artifacts.OutputBuckets;
import io.sparsemesh.contracts.artifact.FileDigest;
import io.sparsemesh.contracts.event.JobResult;
import io.sparsemesh.gateway.access.CurrentCaller;
import io.sparsemesh.gateway.job.JobRef;
import io.sparsemesh.gateway.job.JobView;
import io.sparsemesh.gateway.job.JobViews;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Problem;
import io.sparsemesh.gateway.problem.ProblemException;
import io.sparsemesh.gateway.source.SourceException;
import io.sparsemesh.gateway.source.TenantRoots;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jboss.resteasy.reactive.PathPart;

/// The files of a finished job's output folder.
@Path("/v1/jobs/{id}/artifacts")
@RunOnVirtualThread
class ArtifactResource {

    private final JobViews views;
    private final TenantRoots roots;
    private final CurrentCaller caller;
    private final BucketDownloads buckets;

    ArtifactResource(
            JobViews views, TenantRoots roots, CurrentCaller caller, BucketDownloads buckets) {
        this.views = views;
        this.roots = roots;
        this.caller = caller;
        this.buckets = buckets;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "listArtifacts",
            summary = "Files of the output with size and digest; none before the job is done")
    @APIResponse(responseCode = "200", description = "The files")
    @APIResponse(responseCode = "404", description = "No such job")
    public List<FileDigest> list(@PathParam("id") String id) {
        return files(views.get(JobRef.parse(caller.tenant(), id)));
    }

    private static List<FileDigest> files(JobView job) {
        return job.result().map(JobResult::files).orElse(List.of());
    }

    @GET
    @Path("/{name: .+}")
    @Produces(MediaType.WILDCARD)
    @Operation(operationId = "downloadArtifact", summary = "Download a file of the output")
    @APIResponse(
            responseCode = "200",
            description = "The file, or where it is, with redirect=false of one in S3",
            content = {
                @Content(mediaType = MediaType.WILDCARD, schema = @Schema(format = "binary")),
                @Content(
                        mediaType = SignedAddress.MEDIA_TYPE,
                        schema = @Schema(implementation = SignedAddress.class))
            })
    @APIResponse(
            responseCode = "206",
            description = "The part that Range asks for",
            content = @Content(mediaType = MediaType.WILDCARD, schema = @Schema(format = "binary")))
    @APIResponse(
            responseCode = "307",
            description =
                    "The file lies in S3: Location is an address that is good for a few minutes, for"
                            + " a GET without the bearer token; ranges are asked for there")
    @APIResponse(responseCode = "304", description = "It is as If-None-Match has it")
    @APIResponse(responseCode = "404", description = "No such job, or no such file")
    @APIResponse(responseCode = "410", description = "It is not what the job wrote any more")
    @APIResponse(responseCode = "416", description = "The file ends before the range")
    public Response download(
            @PathParam("id") String id,
            @PathParam("name") String name,
            @Parameter(description = "One range of bytes") @HeaderParam("Range") String range,
            @Parameter(description = "ETag that the range is meant for") @HeaderParam("If-Range")
                    String ifRange,
            @Parameter(description = "ETags of earlier answers")
                    @HeaderParam(HttpHeaders.IF_NONE_MATCH)
                    String ifNoneMatch,
            @Parameter(
                            description =
                                    "false: do not answer 307, for clients that cannot follow it"
                                            + " without their token",
                            schema = @Schema(type = SchemaType.BOOLEAN))
                    @QueryParam("redirect")
                    String redirect) {
        boolean sent = isSent(redirect);
        JobView job = views.get(JobRef.parse(caller.tenant(), id));
        FileDigest file = file(job, name);
        String tag = "\"" + file.sha256() + "\"";
        if (ifNoneMatch != null && matches(ifNoneMatch, tag)) {
            return Response.notModified().header(HttpHeaders.ETAG, tag).build();
        }
        if (OutputBuckets.isBucket(job.outputUri())) {
            return elsewhere(job, file, tag, sent);
        }
        boolean partial = range != null && (ifRange == null || ifRange.equals(tag));
        Optional<ByteRange> part = partial ? ByteRange.parse(range, file.size()) : Optional.empty();
        return answer(file, tag, path(job, file), part);
    }

    private FileDigest file(JobView job, String name) {
        return files(job).stream()
                .filter(f -> f.name().equals(name))
                .findFirst()
                .or(() -> reported(job, name))
                .orElseThrow(
                        () ->
                                ProblemException.notFound(
                                        "job %s has no artifact '%s'".formatted(job.id(), name)));
    }

    private static boolean isSent(String redirect) {
        return switch (redirect) {
            case null -> true;
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw ProblemException.parameter(
                            "redirect", "expected true or false, found '%s'".formatted(redirect));
        };
    }

    /// The bytes come from S3, which answers ranges too.
    ///
    /// @param sent there, rather than told where it is
    private Response elsewhere(JobView job, FileDigest file, String tag, boolean sent) {
        URI address = buckets.of(job.outputUri(), file.name(), type(file.name()));
        Response.ResponseBuilder answer =
                sent
                        ? Response.status(Response.Status.TEMPORARY_REDIRECT).location(address)
                        : Response.ok(new SignedAddress(address), SignedAddress.MEDIA_TYPE);
        return answer.header(HttpHeaders.ETAG, tag)
                .header("Repr-Digest", "sha-256=:" + base64(file.sha256()) + ":")
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    /// A file of a folder of a sweep.
    private Optional<FileDigest> reported(JobView job, String name) {
        List<FileDigest> listed = files(job);
        if (listed.isEmpty()) {
            return Optional.empty();
        }
        try {
            return ReportedFiles.find(listed, name, reports(job));
        } catch (IOException | SourceException e) {
            return Optional.empty();
        }
    }

    private ReportedFiles.Reader reports(JobView job) {
        return OutputBuckets.isBucket(job.outputUri())
                ? report -> buckets.read(job.outputUri(), report)
                : report -> ReportedFiles.inFolder(folder(job), report);
    }

    private java.nio.file.Path folder(JobView job) {
        return roots.of(caller.tenant()).existing(job.outputUri(), Code.SOURCE_NOT_FOUND);
    }

    @HEAD
    @Path("/{name: .+}")
    @Operation(hidden = true)
    public Response describe(
            @PathParam("id") String id,
            @PathParam("name") String name,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) String ifNoneMatch) {
        Response whole = download(id, name, null, null, ifNoneMatch, null);
        if (whole.getStatus() == Response.Status.TEMPORARY_REDIRECT.getStatusCode()) {
            return described(file(views.get(JobRef.parse(caller.tenant(), id)), name));
        }
        return whole.getEntity() instanceof PathPart part
                ? Response.fromResponse(whole)
                        .entity(null)
                        .header(HttpHeaders.CONTENT_LENGTH, part.count)
                        .build()
                : whole;
    }

    /// A signed address is for GET alone, so the gateway tells what it knows of the file.
    private static Response described(FileDigest file) {
        return Response.ok()
                .type(type(file.name()))
                .header(HttpHeaders.ETAG, "\"" + file.sha256() + "\"")
                .header("Repr-Digest", "sha-256=:" + base64(file.sha256()) + ":")
                .header(HttpHeaders.CONTENT_LENGTH, file.size())
                .build();
    }

    private static boolean matches(String ifNoneMatch, String tag) {
        return Arrays.stream(ifNoneMatch.split(","))
                .map(t -> t.strip().replaceFirst("^W/", ""))
                .anyMatch(t -> t.equals("*") || t.equals(tag));
    }

    private static Response answer(
            FileDigest file, String tag, java.nio.file.Path path, Optional<ByteRange> part) {
        ByteRange range = part.orElse(new ByteRange(0, file.size() - 1));
        if (part.isPresent() && !range.isSatisfiable(file.size())) {
            return notSatisfiable(file);
        }
        Response.ResponseBuilder answer =
                Response.status(part.isPresent() ? 206 : 200)
                        .type(type(file.name()))
                        .header(HttpHeaders.ETAG, tag)
                        .header("Accept-Ranges", "bytes")
                        .header("Repr-Digest", "sha-256=:" + base64(file.sha256()) + ":");
        if (part.isPresent()) {
            answer.header(
                    "Content-Range",
                    "bytes %d-%d/%d".formatted(range.first(), range.last(), file.size()));
        }
        return answer.entity(new PathPart(path, range.first(), range.length())).build();
    }

    private static Response notSatisfiable(FileDigest file) {
        ProblemException refused =
                new ProblemException(
                        416,
                        Code.RANGE_NOT_SATISFIABLE,
                        "expected a range within the %d bytes of '%s'"
                                .formatted(file.size(), file.name()));
        return Response.status(416)
                .type(Problem.MEDIA_TYPE)
                .header("Content-Range", "bytes */" + file.size())
                .entity(refused.problem())
                .build();
    }

    /// The file, if it is still the one that the job wrote.
    private java.nio.file.Path path(JobView job, FileDigest file) {
        try {
            java.nio.file.Path folder = folder(job);
            java.nio.file.Path path = folder.resolve(file.name()).toRealPath();
            if (!path.startsWith(folder)) {
                throw gone(job, file, "it is a link out of the folder");
            }
            long size = Files.size(path);
            if (size != file.size()) {
                throw gone(job, file, "expected %d bytes, found %d".formatted(file.size(), size));
            }
            return path;
        } catch (SourceException e) {
            throw gone(job, file, e.getMessage());
        } catch (IOException e) {
            throw gone(job, file, "it cannot be read");
        }
    }

    private static ProblemException gone(JobView job, FileDigest file, String why) {
        return new ProblemException(
                410,
                Code.ARTIFACT_GONE,
                "'%s' of job %s is not what the job wrote any more: %s"
                        .formatted(file.name(), job.id(), why));
    }

    private static String base64(String hex) {
        return java.util.Base64.getEncoder().encodeToString(java.util.HexFormat.of().parseHex(hex));
    }

    private static String type(String name) {
        if (name.endsWith(".json")) {
            return MediaType.APPLICATION_JSON;
        }
        return name.endsWith(".txt") || name.endsWith(".md")
                ? MediaType.TEXT_PLAIN + ";charset=UTF-8"
                : MediaType.APPLICATION_OCTET_STREAM;
    }
}
