"""From an image to a label map: FaceParser, the bundled models, ONNX."""
