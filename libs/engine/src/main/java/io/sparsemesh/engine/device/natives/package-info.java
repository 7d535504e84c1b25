/// OpenBLAS and oneDNN through the Foreign Function API. Everything native of the CPU device is in
/// here; each handle stands under its C prototype. The libraries run single-threaded: the engine's
/// own tiles are the only parallelism.
package io.sparsemesh.engine.device.natives;
