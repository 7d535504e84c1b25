package io.sparsemesh.contracts.job;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Calibration data of a job.
///
/// @param sources text or token ids, at least one
/// @param sampling how samples are chosen from texts
/// @param samples number of sequences, from all sources together
/// @param sequenceLength tokens of a sequence
/// @param seed chooses the samples from texts; token ids are used from the front
public record Calibration(
        List<Source> sources, Sampling sampling, int samples, int sequenceLength, long seed) {

    public Calibration {
        sources = List.copyOf(sources);
    }

    /// From one source, packed.
    public Calibration(TextSource source, int samples, int sequenceLength, long seed) {
        this(List.of(new Source(source, 1)), Sampling.PACKED, samples, sequenceLength, seed);
    }

    /// @param weight share of the samples, relative to the other sources'
    public record Source(TextSource text, double weight) {}

    /// The first source.
    public TextSource source() {
        return sources.getFirst().text();
    }

    /// Samples that each source gives, in the order of the sources: its share rounded down, and one
    /// more for those that lost most by rounding, until all samples are given out.
    public List<Integer> shares() {
        double total = sources.stream().mapToDouble(Source::weight).sum();
        double[] exact =
                sources.stream().mapToDouble(s -> samples * (s.weight() / total)).toArray();
        int[] shares = Arrays.stream(exact).mapToInt(share -> (int) share).toArray();
        int left = samples - Arrays.stream(shares).sum();
        IntStream.range(0, shares.length)
                .boxed()
                .sorted((a, b) -> Double.compare(exact[b] - shares[b], exact[a] - shares[a]))
                .limit(left)
                .toList()
                .forEach(source -> shares[source]++);
        return Arrays.stream(shares).boxed().toList();
    }
}
