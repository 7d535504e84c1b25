package io.sparsemesh.engine.corpus;

import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/// Token ids of a source: one row of a text or of a flat list of ids, or the rows of a table.
///
/// @param file name of the file, for messages
/// @param layout what the rows are
/// @param rows not to be changed
public record TokenRows(String file, Layout layout, List<int[]> rows) {

    /// Where rows come from.
    public enum Layout {
        /// One row: a tokenised text.
        TEXT,
        /// One row: token ids as they were given.
        FLAT,
        /// A row for each sample, all of one length.
        TABLE
    }

    public TokenRows {
        rows = List.copyOf(rows);
    }

    /// As [#read(Path, String, Supplier, Supplier, long)] of the text that [TextFile#read] makes.
    public static TokenRows read(
            Path file,
            String tensor,
            String separator,
            Supplier<Tokenizer> tokenizer,
            long vocabulary) {
        return read(file, tensor, () -> TextFile.read(file, separator), tokenizer, vocabulary);
    }

    /// Reads a source: a `.safetensors` file with a tensor of token ids, `[samples, length]` or
    /// `[tokens]`, or a text, which is tokenised at once, with the tokenizer's specials.
    ///
    /// @param tensor name of the tensor, unused for texts
    /// @param text asked for unless the file has token ids
    /// @param tokenizer asked for texts only
    /// @param vocabulary number of ids there are
    /// @throws DataException when the source cannot be used
    public static TokenRows read(
            Path file,
            String tensor,
            Supplier<String> text,
            Supplier<Tokenizer> tokenizer,
            long vocabulary) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors")) {
            TokenRows rows = ofTensor(file, name, tensor);
            rows.requireBelow(vocabulary);
            return rows;
        }
        TextEncoder encoder = new TextEncoder(name, tokenizer.get(), vocabulary);
        return new TokenRows(name, Layout.TEXT, List.of(encoder.encode(text.get(), true)));
    }

    private static TokenRows ofTensor(Path file, String name, String tensor) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(name, "expected a file, found none");
        }
        try (SafetensorsFile ids = SafetensorsFile.open(file)) {
            return ofTensor(name, ids.tensor(tensor));
        } catch (CheckpointException e) {
            throw new DataException(name, e.getMessage(), e);
        }
    }

    private static TokenRows ofTensor(String name, Tensor tensor) {
        if (tensor.rank() < 1 || tensor.rank() > 2 || tensor.dtype().isFloat()) {
            throw new DataException(
                    name,
                    "tensor '%s': expected whole numbers [samples, length] or [tokens], found %s %s"
                            .formatted(tensor.name(), tensor.dtype(), tensor.shape()));
        }
        int length = Math.toIntExact(tensor.dimension(tensor.rank() - 1));
        int count = tensor.rank() == 1 ? 1 : Math.toIntExact(tensor.dimension(0));
        List<int[]> rows = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            long[] ids = tensor.readLongs((long) row * length, length);
            rows.add(Arrays.stream(ids).mapToInt(id -> id(name, id)).toArray());
        }
        return new TokenRows(name, tensor.rank() == 1 ? Layout.FLAT : Layout.TABLE, rows);
    }

    private static int id(String name, long id) {
        if (id < 0 || id > Integer.MAX_VALUE) {
            throw new DataException(name, "expected token ids of 0 and more, found " + id);
        }
        return (int) id;
    }

    private void requireBelow(long vocabulary) {
        rows.forEach(row -> requireBelow(file, vocabulary, row));
    }

    /// @throws DataException naming the first id that is not one of `vocabulary`
    static void requireBelow(String file, long vocabulary, int[] ids) {
        for (int id : ids) {
            if (id >= vocabulary) {
                throw new DataException(
                        file,
                        "expected token ids below %d, the model's vocabulary, found %d"
                                .formatted(vocabulary, id));
            }
        }
    }

    /// Sequences to calibrate with, always the same for the same arguments.
    ///
    /// - a text: `samples` windows that begin where a [Random] of `seed` says, each start drawn by
    ///   `nextInt(tokens - length + 1)`, in the order drawn; they may overlap
    /// - flat ids: consecutive windows from the front
    /// - a table: the beginnings of its rows, from the front
    ///
    /// @throws DataException when there are fewer than `samples * length` tokens, or rows that are
    ///     too few or too short
    public List<int[]> samples(int samples, int length, long seed) {
        return switch (layout) {
            case TEXT -> randomWindows(samples, length, new Random(seed));
            case FLAT -> {
                requireTokens(samples, length);
                yield windows(length).subList(0, samples);
            }
            case TABLE -> beginnings(samples, length);
        };
    }

    private List<int[]> randomWindows(int samples, int length, Random random) {
        requireTokens(samples, length);
        int[] all = rows.getFirst();
        List<int[]> windows = new ArrayList<>();
        for (int i = 0; i < samples; i++) {
            int start = random.nextInt(all.length - length + 1);
            windows.add(Arrays.copyOfRange(all, start, start + length));
        }
        return windows;
    }

    private void requireTokens(int samples, int length) {
        long needed = (long) samples * length;
        if (rows.getFirst().length < needed) {
            throw new DataException(
                    file,
                    "%d samples of %d tokens: expected at least %d tokens, found %d"
                            .formatted(samples, length, needed, rows.getFirst().length));
        }
    }

    private List<int[]> beginnings(int samples, int length) {
        if (rows.size() < samples || rows.getFirst().length < length) {
            throw new DataException(
                    file,
                    "expected at least %d rows of at least %d token ids, found %d of %d"
                            .formatted(
                                    samples,
                                    length,
                                    rows.size(),
                                    rows.isEmpty() ? 0 : rows.getFirst().length));
        }
        return rows.subList(0, samples).stream().map(row -> Arrays.copyOf(row, length)).toList();
    }

    /// Consecutive windows of `length` tokens without overlap, row by row; what is left at the end
    /// of a row is dropped.
    ///
    /// @throws DataException when there is no whole window
    public List<int[]> windows(int length) {
        List<int[]> windows = new ArrayList<>();
        for (int[] row : rows) {
            for (int end = length; end <= row.length; end += length) {
                windows.add(Arrays.copyOfRange(row, end - length, end));
            }
        }
        if (windows.isEmpty()) {
            throw new DataException(
                    file,
                    "expected at least one window of %d tokens, found %d tokens"
                            .formatted(length, rows.stream().mapToInt(row -> row.length).sum()));
        }
        return windows;
    }
}
