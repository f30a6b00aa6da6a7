"""The trained cascade put to use: FaceParser, footage, ONNX, and the commands."""
