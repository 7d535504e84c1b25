package io.sparsemesh.engine.family;

import io.sparsemesh.engine.device.Attention;
import io.sparsemesh.engine.device.Heads;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.BlockDescription;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.Pass;
import java.util.ArrayList;
import java.util.List;

/// Queries, keys and values, wherever a family's projections have them.
record Qkv(Heads q, Heads k, Heads v) {

    /// Attention of queries and keys that are rotated, from three projections to the output's.
    ///
    /// @param x `[tokens x features]`
    /// @return `[tokens x features]`
    static Matrix rotaryAttention(
            Pass pass, BlockDescription block, HeadLayout heads, Rotary rotary, Matrix x) {
        List<Matrix> projections = pass.linears(block.group(InputGroup.ATTENTION_INPUT), x);
        Matrix mixed =
                separate(projections, heads)
                        .rotated(pass, rotary)
                        .attend(pass, heads.attention(pass));
        return pass.linear(block.group(InputGroup.ATTENTION_OUTPUT), mixed);
    }

    /// Three projections.
    ///
    /// @param projections queries, keys and values first; further ones are not looked at
    static Qkv separate(List<Matrix> projections, HeadLayout heads) {
        return new Qkv(
                Heads.adjacent(projections.get(0), heads.queries()),
                Heads.adjacent(projections.get(1), heads.keyValues()),
                Heads.adjacent(projections.get(2), heads.keyValues()));
    }

    /// One projection: all queries, then all keys, then all values.
    static Qkv stacked(Matrix projection, HeadLayout heads) {
        long keys = heads.queryColumns();
        long values = keys + heads.keyColumns();
        return new Qkv(
                Heads.adjacent(projection.columns(0, keys), heads.queries()),
                Heads.adjacent(projection.columns(keys, values), heads.keyValues()),
                Heads.adjacent(projection.columns(values, heads.columns()), heads.keyValues()));
    }

    /// One projection: for each key head the queries that share it, then the key, then the value.
    /// With as many keys as queries that is q, k, v head by head.
    static Qkv grouped(Matrix projection, HeadLayout heads) {
        int shared = heads.queries() / heads.keyValues();
        long size = heads.size();
        long distance = (shared + 2) * size;
        List<Long> queries = new ArrayList<>();
        for (int h = 0; h < heads.queries(); h++) {
            queries.add(h / shared * distance + h % shared * size);
        }
        return new Qkv(
                new Heads(projection, size, queries),
                Heads.spaced(projection, heads.keyValues(), size, shared * size, distance),
                Heads.spaced(projection, heads.keyValues(), size, (shared + 1) * size, distance));
    }

    /// Rotates queries and keys.
    Qkv rotated(Pass pass, Rotary rotary) {
        rotary.apply(pass, q, k);
        return this;
    }

    /// What the heads read, side by side: `[tokens x columns of the queries]`.
    Matrix attend(Pass pass, Attention attention) {
        Matrix mixed = pass.scratch("mixed", q.count() * v.size());
        pass.ops().attention(attention, q, k, v, mixed);
        return mixed;
    }
}
