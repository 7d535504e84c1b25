/// The report that lies beside a pruned checkpoint.
package io.sparsemesh.worker.report;
