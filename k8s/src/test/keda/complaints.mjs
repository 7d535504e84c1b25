// Reads a list of ScaledObjects, as JSON, and prints for each a list of what its type does not allow.
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";

function complaints(resource) {
  try {
    new ScaledObject(resource).validate();
    return [];
  } catch (error) {
    if (!error.errors) {
      throw error;
    }
    return error.errors.map(({ instancePath, message }) => `${instancePath}: ${message}`);
  }
}

let text = "";
for await (const chunk of process.stdin) {
  text += chunk;
}
console.log(JSON.stringify(JSON.parse(text).map(complaints)));
