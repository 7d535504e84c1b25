package io.sparsemesh.contracts.task;

import io.sparsemesh.contracts.job.Allocation;
import java.util.List;

/// Input of an allocate task, stored as a JSON artifact.
///
/// @param sparsity share of zeros over all linears
/// @param blocks in block order
public record AllocateManifest(Allocation allocation, double sparsity, List<Block> blocks) {

    public AllocateManifest {
        blocks = List.copyOf(blocks);
    }

    /// @param linears in group order
    public record Block(int block, List<TaskOutput.LinearProfile> linears) {
        public Block {
            linears = List.copyOf(linears);
        }
    }
}
