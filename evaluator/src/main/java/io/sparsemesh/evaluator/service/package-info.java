/// The process around the evaluation tasks: settings, start and stop, health, metrics.
package io.sparsemesh.evaluator.service;
