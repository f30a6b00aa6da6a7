# The bundled detector: the narrow one, for photographs and frames of any shape. In training it sees faces of any size,
# up to those that fill the input, and cut on any side.
_base_ = "../_base_/detector/narrow.py"

# At 384 x 288 the largest anchor is two thirds of the input's height: a face that fills a photograph is found as a face
# and not by its parts.
size = (384, 288)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations", with_bbox=True),
    # A crop keeps the face if it has its middle; of a lesser part the detector learns nothing.
    dict(type="MinIoURandomCrop", min_ious=(0.1, 0.3, 0.5, 0.7), min_crop_size=0.3),
    dict(type="RandomResize", scale=size, ratio_range=(0.35, 0.85), keep_ratio=True),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackDetInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=size, keep_ratio=True),
    dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor")),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
