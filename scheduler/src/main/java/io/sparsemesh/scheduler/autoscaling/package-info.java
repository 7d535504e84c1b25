/// How many workers are worth having now, for whoever starts and stops them.
package io.sparsemesh.scheduler.autoscaling;
