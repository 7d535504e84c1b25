package io.sparsemesh.engine.cache;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.corpus.TokenRows;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.scoring.SequenceScorer;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;

/// A model folder that is open with what tasks need of it: the model, its tokenizer, and the tokens
/// that were read last. Used by one task at a time; closed by the [ModelCache] that gave it.
public final class OpenModel implements AutoCloseable {

    private final ModelFolder folder;
    private final CausalLm model;
    private final SequenceScorer scorer;
    private Optional<Tokenizer> tokenizer = Optional.empty();
    private Optional<ReadTokens> tokens = Optional.empty();

    private record ReadTokens(FileStamp file, String tensor, String separator, TokenRows rows) {
        boolean isOf(FileStamp stamp, String name, String joint) {
            return file.equals(stamp) && tensor.equals(name) && separator.equals(joint);
        }
    }

    OpenModel(Path path, Device device, long blockMemory) {
        folder = ModelFolder.openExpanded(path);
        try {
            model = Families.open(folder, device);
            scorer = new SequenceScorer(model, blockMemory);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    public ModelFolder folder() {
        return folder;
    }

    public CausalLm model() {
        return model;
    }

    public ModelDescription description() {
        return model.description();
    }

    public SequenceScorer scorer() {
        return scorer;
    }

    /// The folder's tokenizer, opened when first asked for.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when it has none
    public Tokenizer tokenizer() {
        if (tokenizer.isEmpty()) {
            tokenizer = Optional.of(Tokenizer.open(folder.path()));
        }
        return tokenizer.get();
    }

    /// Tokens of a source; as [TokenRows#read].
    public TokenRows tokens(Path file, String tensor, String separator) {
        FileStamp stamp = FileStamp.of(file);
        Optional<ReadTokens> known = tokens.filter(t -> t.isOf(stamp, tensor, separator));
        if (known.isPresent()) {
            return known.get().rows();
        }
        TokenRows rows =
                TokenRows.read(
                        file, tensor, separator, this::tokenizer, description().vocabularySize());
        tokens = Optional.of(new ReadTokens(stamp, tensor, separator, rows));
        return rows;
    }

    @Override
    public void close() {
        scorer.close();
        model.close();
        tokenizer.ifPresent(Tokenizer::close);
        folder.close();
    }
}
