package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.plan.JobPlan;

/// A request that can run: all defaults filled in, all paths real.
public record Accepted(JobRequest request, Architecture architecture, JobPlan plan) {}
