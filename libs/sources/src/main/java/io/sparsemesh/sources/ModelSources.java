package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSource.BucketModel;
import io.sparsemesh.sources.ModelSource.HubModel;
import io.sparsemesh.sources.ModelSource.LocalFolder;
import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Remote models as folders of this machine. Safe for many threads and many processes.
public final class ModelSources {

    private final SourceSettings settings;

    public ModelSources(SourceSettings settings) {
        this.settings = settings;
    }

    /// Whether a model's URI is this one's matter; all others are folders.
    public static boolean isRemote(String uri) {
        return ModelSource.isRemote(uri);
    }

    /// Looks at a remote model's URI alone.
    ///
    /// @throws ModelSourceException if it has no form that a model's has
    public static void requireForm(String uri) {
        ModelSource.parse(uri);
    }

    /// A model pinned to one state, that never changes.
    ///
    /// @param uri pinned; the same bytes for everybody who asks
    /// @param revision commit, or digest of the listing
    /// @param folder config, tokenizer and headers of the weights, with holes for the weights
    public record Pinned(String uri, String revision, Path folder) {}

    /// Pins a model to its present state and brings what can be read without its weights.
    ///
    /// @param revision asked for beside the URI
    /// @throws ModelSourceException if there is no such model, or it may not or cannot be fetched
    /// @throws UncheckedIOException if the cache cannot be written
    public Pinned pin(String uri, Optional<String> revision) {
        ModelSource source = withRevision(ModelSource.parse(uri), revision);
        requireAllowed(source);
        FolderCache cache = cache(source);
        try (Remote remote = remote(source)) {
            Listing listing = list(remote, source.uri());
            Path whole = cache.whole(listing.place());
            Path folder = Files.isDirectory(whole) ? whole : cache.fetchHeaders(remote, listing);
            return new Pinned(listing.uri(), listing.revision(), folder);
        } catch (IOException e) {
            throw new UncheckedIOException("[%s] %s".formatted(uri, e), e);
        }
    }

    /// The folder of a pinned model, whole; fetched unless it is there.
    ///
    /// @throws ModelSourceException if it is not what was pinned, or may not or cannot be fetched
    /// @throws UncheckedIOException if the cache cannot be written
    public Path folder(String pinned) {
        ModelSource source = ModelSource.parse(pinned);
        requireAllowed(source);
        FolderCache cache = cache(source);
        Optional<Path> place = place(source).map(cache::whole).filter(Files::isDirectory);
        if (place.isPresent()) {
            return place.get();
        }
        try (Remote remote = remote(source)) {
            return cache.fetch(remote, list(remote, pinned));
        } catch (IOException e) {
            throw new UncheckedIOException("[%s] %s".formatted(pinned, e), e);
        }
    }

    private Listing list(Remote remote, String uri) {
        return new Retries(settings.retrying(), uri, "").call(remote::list);
    }

    private static ModelSource withRevision(ModelSource source, Optional<String> revision) {
        if (revision.isEmpty() || !(source instanceof HubModel model)) {
            return source;
        }
        ModelSource.requireRevision(source.uri(), revision.get());
        if (model.revision().isPresent() && !model.revision().equals(revision)) {
            throw new ModelSourceException(
                    Kind.INVALID_URI,
                    source.uri(),
                    "",
                    "expected one revision, found another in model.revision: '%s'"
                            .formatted(revision.get()));
        }
        return model.at(revision.get());
    }

    /// Where a pinned state lies, known without asking anybody.
    private static Optional<Path> place(ModelSource source) {
        return switch (source) {
            case HubModel hub ->
                    hub.revision()
                            .filter(r -> HubModel.COMMIT.matcher(r).matches())
                            .map(r -> Path.of("hf", hub.owner(), hub.name(), r));
            case BucketModel bucket ->
                    bucket.digest()
                            .map(
                                    d ->
                                            Path.of("s3", bucket.bucket())
                                                    .resolve(bucket.prefix())
                                                    .resolve(d));
            case LocalFolder _ -> Optional.empty();
        };
    }

    private Remote remote(ModelSource source) {
        return switch (source) {
            case HubModel hub -> new HubRemote(settings.hub(), hub);
            case BucketModel bucket -> new BucketRemote(settings.buckets(), bucket);
            case LocalFolder folder ->
                    throw new IllegalArgumentException("not remote: " + folder.uri());
        };
    }

    private void requireAllowed(ModelSource source) {
        if (source instanceof BucketModel model
                && !settings.buckets().allowed().contains(model.bucket())) {
            throw new ModelSourceException(
                    Kind.NOT_ALLOWED,
                    source.uri(),
                    "",
                    "expected one of the allowed buckets %s (SPARSEMESH_BUCKETS, or --bucket of dev), found '%s'"
                            .formatted(
                                    settings.buckets().allowed().stream().sorted().toList(),
                                    model.bucket()));
        }
    }

    private FolderCache cache(ModelSource source) {
        Path folder = settings.cache().orElseThrow(() -> noCache(source)).toAbsolutePath();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create the cache " + folder, e);
        }
        DiskBudget budget = new DiskBudget(folder, settings.maxBytes());
        return new FolderCache(folder, budget, settings.retrying());
    }

    private static ModelSourceException noCache(ModelSource source) {
        return new ModelSourceException(
                Kind.NOT_ALLOWED,
                source.uri(),
                "",
                "expected a folder for fetched models (SPARSEMESH_CACHE), found none");
    }
}
