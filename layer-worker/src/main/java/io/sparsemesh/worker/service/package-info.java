/// The process around the layer tasks: settings, start and stop, health, metrics.
package io.sparsemesh.worker.service;
