/// Fetches a job's output folder from the gateway: resumed, checked, and visible only whole.
package io.sparsemesh.deploy.download;
