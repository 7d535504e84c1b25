package io.sparsemesh.engine.cache;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.corpus.SampleChoice;
import io.sparsemesh.engine.corpus.SampleReader;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.corpus.TokenRows;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Operands;
import io.sparsemesh.engine.family.Families;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.scoring.SequenceScorer;
import io.sparsemesh.engine.tokenizer.PrefixToken;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A model folder that is open with what tasks need of it: the model, its tokenizer, and the tokens
/// that were read last. Used by one task at a time; closed by the [ModelCache] that gave it.
public final class OpenModel implements AutoCloseable {

    private final ModelFolder folder;
    private final Device device;
    private final CausalLm model;
    private final SequenceScorer scorer;
    private Optional<Tokenizer> tokenizer = Optional.empty();
    private Optional<ReadTokens> tokens = Optional.empty();
    private Optional<ReadSamples> samples = Optional.empty();

    private record ReadFrom(FileStamp file, String tensor, String field, String separator) {}

    private record ReadTokens(ReadFrom source, TokenRows rows) {}

    private record ReadSamples(SampleChoice choice, List<FileStamp> files, List<int[]> sequences) {
        boolean isOf(SampleChoice other, List<FileStamp> stamps) {
            return choice.equals(other) && files.equals(stamps);
        }
    }

    OpenModel(Path path, Device device, long blockMemory) {
        folder = ModelFolder.openExpanded(path);
        try {
            Operands operands = Families.describe(folder).operands(folder);
            this.device = device.with(operands);
            model = Families.open(folder, this.device);
            scorer = new SequenceScorer(model, blockMemory);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    public ModelFolder folder() {
        return folder;
    }

    /// The device as the model runs on it: with operands of its weights' type. Its memory is that
    /// of the device that the cache was given.
    public Device device() {
        return device;
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

    /// The token that the first token of a text is predicted from.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when there is none, or no tokenizer
    public int prefixToken() {
        return PrefixToken.find(folder.path(), folder.config(), tokenizer());
    }

    /// As [#tokens(Path, String, String, String)] of the field [TextFile#FIELD].
    public TokenRows tokens(Path file, String tensor, String separator) {
        return tokens(file, tensor, TextFile.FIELD, separator);
    }

    /// Tokens of a source; as [TokenRows#read].
    ///
    /// @param field of a `.jsonl` source that has the text
    public TokenRows tokens(Path file, String tensor, String field, String separator) {
        ReadFrom source = new ReadFrom(FileStamp.of(file), tensor, field, separator);
        Optional<ReadTokens> known = tokens.filter(read -> read.source().equals(source));
        if (known.isPresent()) {
            return known.get().rows();
        }
        TokenRows rows =
                TokenRows.read(
                        file,
                        tensor,
                        () -> TextFile.read(file, field, separator),
                        this::tokenizer,
                        description().vocabularySize());
        tokens = Optional.of(new ReadTokens(source, rows));
        return rows;
    }

    /// The sequences of a choice; as [SampleReader#read].
    public List<int[]> samples(SampleChoice choice) {
        List<FileStamp> files =
                choice.parts().stream().map(part -> FileStamp.of(part.file())).toList();
        Optional<ReadSamples> known = samples.filter(read -> read.isOf(choice, files));
        if (known.isPresent()) {
            return known.get().sequences();
        }
        SampleReader reader = new SampleReader(this::tokenizer, description().vocabularySize());
        samples = Optional.of(new ReadSamples(choice, files, reader.read(choice)));
        return samples.get().sequences();
    }

    @Override
    public void close() {
        scorer.close();
        model.close();
        tokenizer.ifPresent(Tokenizer::close);
        folder.close();
    }
}
