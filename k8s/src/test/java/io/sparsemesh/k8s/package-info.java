/// Holds the chart and the container files to what the services read and serve. Each check is a
/// function from parsed YAML to complaints, so that tests can spoil the YAML and see it complain.
package io.sparsemesh.k8s;
