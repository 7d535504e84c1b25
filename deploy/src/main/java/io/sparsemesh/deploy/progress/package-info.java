/// How far jobs are, as seen through the gateway, and how a terminal or a log shows it.
package io.sparsemesh.deploy.progress;
