"""The trained networks as ONNX files: exported from torch, and run by onnxruntime in torch's place."""
