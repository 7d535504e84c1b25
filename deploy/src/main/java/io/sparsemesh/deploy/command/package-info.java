/// One class for each command of `./sparsemesh`.
package io.sparsemesh.deploy.command;
