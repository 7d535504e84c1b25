/// Brings models from the Hugging Face Hub and from S3 buckets to a folder of this machine, pinned,
/// whole and checked, or says why not.
package io.sparsemesh.sources;
