/// Ended jobs as runs of an MLflow tracking server.
package io.sparsemesh.gateway.mlflow;
