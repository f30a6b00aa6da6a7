"""The segmentation models of the method: OCRNet and EANet on SE-HRNet, their losses, data and inference."""
