# The bundled detector: the narrow one, for photographs and frames of any shape. It sees larger faces in training.
_base_ = "../_base_/detector/narrow.py"

# A photograph is tested at 384 pixels or more a side. Training sees faces from small ones to those that fill a piece.
size = (512, 384)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="RandomResize", scale=size, ratio_range=(0.5, 1.2), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(288, 320), allow_negative_crop=True),
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
