/// Model checkpoints: safetensors files, mapped for reading and streamed for writing, and
/// Hugging Face model folders made of them. Everything read is treated as hostile: sizes are
/// bounded, lies are found before memory is asked for, and formats that can run code are
/// refused. Holds no mathematics but the conversion of floating point types.
package io.sparsemesh.checkpoint;
