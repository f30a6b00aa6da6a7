"""From trained networks to ONNX files that need neither torch nor mm* to run."""
