package io.sparsemesh.sources;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.sources.ModelSource.HubModel;
import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A repository of the Hub, by its HTTP API.
final class HubRemote implements Remote {

    private static final Pattern RANGE =
            Pattern.compile("bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18})");

    private final URI endpoint;
    private final HubModel model;
    private final HubConnection connection;

    HubRemote(SourceSettings.Hub hub, HubModel model) {
        this.endpoint = hub.endpoint();
        this.model = model;
        this.connection = new HubConnection(hub, model.uri());
    }

    @Override
    public Listing list() throws IOException {
        String revision = model.revision().orElse("main").replace("/", "%2F");
        URI address = at("/api/models/%s/revision/%s?blobs=true".formatted(model.id(), revision));
        HttpURLConnection answer = connection.get(address, Map.of(), "");
        try (InputStream body = answer.getInputStream()) {
            byte[] list = body.readNBytes(Limits.LISTING_BYTES + 1);
            if (list.length > Limits.LISTING_BYTES) {
                throw Limits.exceeded(
                        model.uri(),
                        "",
                        "bytes as the list of files",
                        Limits.LISTING_BYTES,
                        "more");
            }
            return listing(HubList.read(model.uri(), list));
        } catch (JsonProcessingException e) {
            throw new IOException("expected JSON as the list of files, found something else", e);
        }
    }

    private Listing listing(HubList list) {
        String commit = list.commit();
        boolean pinned =
                model.revision().filter(r -> HubModel.COMMIT.matcher(r).matches()).isPresent();
        if (!HubModel.COMMIT.matcher(commit).matches()
                || (pinned && !commit.equals(model.revision().get()))) {
            throw new ModelSourceException(
                    Kind.UNUSABLE, model.uri(), "", "expected a commit in 'sha', found another");
        }
        return new Listing(
                model.at(commit).uri(),
                commit,
                Path.of("hf", model.owner(), model.name(), commit),
                Selection.of(model.uri(), list.files()));
    }

    @Override
    public Body open(
            Listing listing, RemoteFile file, long from, OptionalLong count, Optional<String> tag)
            throws IOException {
        URI address =
                at("/%s/resolve/%s/%s".formatted(model.id(), listing.revision(), file.name()));
        Map<String, String> headers = new HashMap<>();
        if (from > 0 || count.isPresent()) {
            String end = count.isPresent() ? Long.toString(from + count.getAsLong() - 1) : "";
            headers.put("Range", "bytes=%d-%s".formatted(from, end));
            tag.ifPresent(t -> headers.put("If-Range", t));
        }
        return body(connection.get(address, headers, file.name()));
    }

    private static Body body(HttpURLConnection answer) throws IOException {
        long start = 0;
        long size = answer.getContentLengthLong();
        if (answer.getResponseCode() == 206) {
            Matcher range = RANGE.matcher(String.valueOf(answer.getHeaderField("Content-Range")));
            if (!range.matches()) {
                throw new RangeException("expected Content-Range with start and size");
            }
            start = Long.parseLong(range.group(1));
            size = Long.parseLong(range.group(2));
        }
        Optional<String> strong =
                Optional.ofNullable(answer.getHeaderField("ETag")).filter(t -> t.startsWith("\""));
        return new Body(
                answer.getInputStream(),
                start,
                size < 0 ? OptionalLong.empty() : OptionalLong.of(size),
                strong);
    }

    private URI at(String path) {
        return URI.create(endpoint.toString().replaceFirst("/+$", "") + path);
    }
}
