/// Whether what workers say reaches the scheduler.
package io.sparsemesh.scheduler.hearing;
