package io.sparsemesh.engine.scoring;

import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.CausalLm;
import io.sparsemesh.engine.model.WeightOverrides;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Scores many sequences with one model, which stays the caller's.
///
/// Sequences are taken from the shortest to the longest, those of one length together, in chunks of
/// a fixed number of tokens. A chunk goes through the model block by block, so a model that does
/// not fit into memory is read once for each chunk. How sequences are put together depends on their
/// lengths and order alone, and so do the bits of the result.
public final class SequenceScorer implements AutoCloseable {

    private static final long CHUNK_TOKENS = 1 << 14;

    private final CausalLm model;
    private final IntFunction<Block> load;
    private final boolean resident;
    private final List<Block> blocks = new ArrayList<>();

    /// @param blockMemory bytes that the model's blocks may occupy together; if they need more,
    ///     one is in memory at a time
    public SequenceScorer(CausalLm model, long blockMemory) {
        this(model, blockMemory, model::loadBlock);
    }

    /// Scores with other weights in some blocks, of which one is in memory at a time.
    ///
    /// @param overrides what stands in for weights of blocks, readable until the scorer is closed
    public SequenceScorer(CausalLm model, WeightOverrides overrides) {
        this(model, 0, index -> model.loadBlock(index, overrides));
    }

    private SequenceScorer(CausalLm model, long blockMemory, IntFunction<Block> load) {
        this.model = model;
        this.load = load;
        this.resident =
                model.description().blocks().stream().mapToLong(BlockDescription::bytes).sum()
                        <= blockMemory;
    }

    /// Scores the sequences.
    ///
    /// @param betweenChunks called before each chunk; what it throws comes through
    /// @return for each sequence the scores of its last tokens, in the order of `sequences`
    /// @throws IllegalArgumentException when a token is not in the vocabulary, or a sequence is
    ///     longer than the table of positions
    public List<TokenScores> score(List<ScoredSequence> sequences, Runnable betweenChunks) {
        List<TokenScores> scores =
                new ArrayList<>(Collections.nCopies(sequences.size(), new TokenScores(0)));
        List<Integer> byLength =
                IntStream.range(0, sequences.size())
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> sequences.get(i).inputs()))
                        .toList();
        int from = 0;
        while (from < byLength.size()) {
            betweenChunks.run();
            int to = chunkEnd(sequences, byLength, from);
            scoreChunk(sequences, byLength.subList(from, to), scores);
            from = to;
        }
        return scores;
    }

    private static int chunkEnd(List<ScoredSequence> sequences, List<Integer> order, int from) {
        long tokens = 0;
        int to = from;
        while (to < order.size()) {
            tokens += sequences.get(order.get(to)).inputs();
            if (tokens > CHUNK_TOKENS && to > from) {
                return to;
            }
            to++;
        }
        return to;
    }

    /// Sequences of one length, whose states lie one after the other.
    private record Group(List<Integer> members, int length, Matrix hidden) {}

    private void scoreChunk(
            List<ScoredSequence> sequences, List<Integer> chunk, List<TokenScores> scores) {
        try (Arena arena = Arena.ofShared()) {
            List<Group> groups = embed(arena, sequences, chunk);
            for (BlockDescription block : model.description().blocks()) {
                forward(block.index(), groups);
            }
            for (Group group : groups) {
                scoreGroup(sequences, group, scores);
            }
        }
    }

    private List<Group> embed(Arena arena, List<ScoredSequence> sequences, List<Integer> chunk) {
        List<Group> groups = new ArrayList<>();
        int from = 0;
        while (from < chunk.size()) {
            int length = sequences.get(chunk.get(from)).inputs();
            int to = from;
            while (to < chunk.size() && sequences.get(chunk.get(to)).inputs() == length) {
                to++;
            }
            List<Integer> members = chunk.subList(from, to);
            int[] ids =
                    members.stream()
                            .flatMapToInt(i -> Arrays.stream(sequences.get(i).inputIds()))
                            .toArray();
            groups.add(new Group(members, length, model.embed(arena, ids, length)));
            from = to;
        }
        return groups;
    }

    private void forward(int index, List<Group> groups) {
        if (resident) {
            if (blocks.size() == index) {
                blocks.add(load.apply(index));
            }
            groups.forEach(group -> blocks.get(index).forward(group.hidden(), group.length()));
            return;
        }
        try (Block block = load.apply(index)) {
            groups.forEach(group -> block.forward(group.hidden(), group.length()));
        }
    }

    private void scoreGroup(List<ScoredSequence> sequences, Group group, List<TokenScores> scores) {
        int[] targets = new int[group.members().size() * group.length()];
        Arrays.fill(targets, CausalLm.NO_TARGET);
        for (int m = 0; m < group.members().size(); m++) {
            ScoredSequence sequence = sequences.get(group.members().get(m));
            System.arraycopy(
                    sequence.ids(),
                    sequence.firstScored(),
                    targets,
                    (m + 1) * group.length() - sequence.scored(),
                    sequence.scored());
        }
        TokenScores all = model.score(group.hidden(), targets);
        for (int m = 0; m < group.members().size(); m++) {
            int member = group.members().get(m);
            int end = (m + 1) * group.length();
            int begin = end - sequences.get(member).scored();
            scores.set(
                    member,
                    new TokenScores(
                            Arrays.copyOfRange(all.logLikelihoods(), begin, end),
                            Arrays.copyOfRange(all.greedy(), begin, end)));
        }
    }

    @Override
    public void close() {
        blocks.forEach(Block::close);
        blocks.clear();
    }
}
