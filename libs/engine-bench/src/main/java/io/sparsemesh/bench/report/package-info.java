/// What `deploy/gpu/check` left in its folder, as a table and as one file of JSON.
package io.sparsemesh.bench.report;
