/// SparseGPT ([arXiv 2301.00774](https://arxiv.org/abs/2301.00774), Algorithm 1) and the magnitude
/// baseline, for one weight matrix at a time.
package io.sparsemesh.engine.solver;
