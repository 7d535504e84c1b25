package io.sparsemesh.engine.fuzz;

import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// `tokenizer.json`, and a text through what it makes.
final class TokenizerTarget implements FuzzTarget {

    private static final String VALID =
            """
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [{"id": 4, "content": "</s>", "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false, "special": true}],
             "normalizer": {"type": "NFC"},
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false,
               "trim_offsets": true, "use_regex": true},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "</s>", "type_id": 0}},
                          {"Sequence": {"id": "A", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                        {"Sequence": {"id": "B", "type_id": 1}}],
               "special_tokens": {"</s>": {"id": "</s>", "ids": [4], "tokens": ["</s>"]}}},
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": "a", "fuse_unk": false,
               "byte_fallback": false, "vocab": {"a": 0, "b": 1, "ab": 2, "aab": 3, "</s>": 4},
               "merges": ["a b", "a ab"]}}
            """;

    private final Path folder;
    private final Random random;
    private final ByteMutation bytes;
    private final JsonMutation json;

    TokenizerTarget(Path folder, Random random) {
        this.folder = folder;
        this.random = random;
        this.bytes = new ByteMutation(random);
        this.json = new JsonMutation(random, seeds());
    }

    @Override
    public String name() {
        return "tokenizer";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(VALID.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public byte[] next() {
        byte[] valid = seeds().getFirst();
        return random.nextInt(4) == 0 ? bytes.mutate(valid, valid) : json.mutate(valid);
    }

    @Override
    public void read(byte[] input) {
        try {
            Files.write(folder.resolve("tokenizer.json"), input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            tokenizer.encode("aab </s> abba", true);
        }
    }
}
