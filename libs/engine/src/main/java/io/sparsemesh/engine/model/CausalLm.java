package io.sparsemesh.engine.model;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/// A causal language model on a device, run block by block: in memory are its scratch space, the
/// weights outside the blocks as far as they were used, and the blocks someone holds.
///
/// Owns neither the folder nor the device; both stay open as long as it. One call at a time.
public final class CausalLm implements AutoCloseable {

    /// [#score] has no opinion on a token with this target.
    public static final int NO_TARGET = -1;

    /// Logits that are in memory at a time.
    private static final long LOGITS = 1 << 24;

    private final Architecture architecture;
    private final WeightReader reader;
    private final Device device;
    private final Weights outside;
    private final Workspace workspace;
    private final Map<Integer, Block> kept = new HashMap<>();
    private boolean keepsBlocks;

    /// Opens a model; no weights are read yet.
    ///
    /// @param overrides what stands in for some of the folder's weights
    public CausalLm(
            Architecture architecture,
            ModelFolder folder,
            Device device,
            WeightOverrides overrides) {
        this.architecture = architecture;
        this.device = device;
        reader = new WeightReader(folder, overrides);
        outside = new Weights(reader, device, description().outsideTensors());
        workspace = new Workspace(device);
    }

    public ModelDescription description() {
        return architecture.description();
    }

    Architecture architecture() {
        return architecture;
    }

    Pass pass(Weights weights, long tokens, long length, Observation observation, boolean last) {
        return new Pass(device, weights, workspace, tokens, length, observation, last);
    }

    private Pass outsidePass(long tokens, long length) {
        return pass(outside, tokens, length, Observation.NONE, false);
    }

    /// From now on [#score(int[], long, int[])] keeps all blocks in memory when their weights take
    /// at most `bytes`; otherwise it loads each for as long as it runs.
    public void keepBlocks(long bytes) {
        keepsBlocks =
                description().blocks().stream().mapToLong(BlockDescription::bytes).sum() <= bytes;
    }

    /// Embeds whole sequences.
    ///
    /// @param ids `sequences * length` token ids
    /// @param length tokens of one sequence
    /// @return input of block 0, `[ids x hidden size]`, device memory of `arena`
    /// @throws IllegalArgumentException when an id is not in the vocabulary, or sequences are
    ///     longer than the table of positions
    public Matrix embed(Arena arena, int[] ids, long length) {
        Matrix hidden = device.allocate(arena, ids.length, description().hiddenSize());
        forEachBatch(
                hidden,
                length,
                (rows, first) -> {
                    int from = Math.toIntExact(first);
                    int[] part = Arrays.copyOfRange(ids, from, from + (int) rows.rows());
                    architecture.embed(outsidePass(rows.rows(), length), part, rows);
                });
        return hidden;
    }

    /// Loads the weights of block `index`; the caller closes it.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when a weight is missing, has another
    ///     shape or is not finite
    public Block loadBlock(int index) {
        return loadBlock(index, reader);
    }

    /// As [#loadBlock(int)] with `overrides` in place of those the model was opened with.
    public Block loadBlock(int index, WeightOverrides overrides) {
        return loadBlock(index, new WeightReader(reader.folder(), overrides));
    }

    private Block loadBlock(int index, WeightReader from) {
        BlockDescription block = description().blocks().get(index);
        Weights weights = new Weights(from, device, block.tensors());
        weights.load(block.bytes());
        return new Block(this, block, weights);
    }

    /// The logits of each token. For few tokens: [#score] does not need them all at once.
    ///
    /// @param hidden output of the last block
    /// @return `[tokens x vocabulary]`, device memory of `arena`
    public Matrix logits(Arena arena, Matrix hidden) {
        Matrix logits = device.allocate(arena, hidden.rows(), description().vocabularySize());
        head(hidden, logits);
        return logits;
    }

    private void head(Matrix hidden, Matrix logits) {
        Pass pass = outsidePass(hidden.rows(), 1);
        pass.linear(description().head(), architecture.beforeHead(pass, hidden), logits);
        architecture.afterHead(pass, logits);
    }

    /// What the model says about the tokens `targets`, given what came before them. Never more
    /// than a slice of the logits is in memory.
    ///
    /// @param hidden output of the last block
    /// @param targets for each row of `hidden` the token that follows, or [#NO_TARGET]: then its
    ///     logits are not computed and its score is 0 and not greedy
    public TokenScores score(Matrix hidden, int[] targets) {
        int[] rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
        TokenScores scores = new TokenScores(targets.length);
        int slice = (int) Math.max(LOGITS / description().vocabularySize(), 1);
        for (int first = 0; first < rows.length; first += slice) {
            int[] part = Arrays.copyOfRange(rows, first, Math.min(first + slice, rows.length));
            TokenScores found = scoreRows(hidden, part, targets);
            for (int i = 0; i < part.length; i++) {
                scores.logLikelihoods()[part[i]] = found.logLikelihoods()[i];
                scores.greedy()[part[i]] = found.greedy()[i];
            }
        }
        return scores;
    }

    private TokenScores scoreRows(Matrix hidden, int[] rows, int[] targets) {
        Matrix picked = workspace.matrix("scored", rows.length, hidden.cols());
        device.neural().gather(hidden, rows, picked);
        Matrix logits = workspace.matrix("logits", rows.length, description().vocabularySize());
        head(picked, logits);
        return device.neural().score(logits, Arrays.stream(rows).map(r -> targets[r]).toArray());
    }

    /// Runs the whole model: embeds, goes through all blocks and scores.
    ///
    /// @param ids whole sequences of `length` tokens
    /// @param targets as in [#score(Matrix, int[])]
    public TokenScores score(int[] ids, long length, int[] targets) {
        try (Arena arena = Arena.ofShared()) {
            Matrix hidden = embed(arena, ids, length);
            for (BlockDescription block : description().blocks()) {
                forward(block.index(), hidden, length);
            }
            return score(hidden, targets);
        }
    }

    private void forward(int index, Matrix hidden, long length) {
        if (keepsBlocks) {
            kept.computeIfAbsent(index, this::loadBlock).forward(hidden, length);
            return;
        }
        try (Block block = loadBlock(index)) {
            block.forward(hidden, length);
        }
    }

    @FunctionalInterface
    interface Batch {
        /// @param rows some whole sequences
        /// @param first index of their first row
        void run(Matrix rows, long first);
    }

    void forEachBatch(Matrix hidden, long length, Batch batch) {
        if (length < 1 || hidden.rows() % length != 0) {
            throw new IllegalArgumentException(
                    "expected whole sequences of %d tokens, found %d rows"
                            .formatted(length, hidden.rows()));
        }
        long step = device.batchTokens(length);
        for (long row = 0; row < hidden.rows(); row += step) {
            batch.run(hidden.rows(row, Math.min(row + step, hidden.rows())), row);
        }
    }

    @Override
    public void close() {
        kept.values().forEach(Block::close);
        outside.close();
        workspace.close();
    }
}
